-- Purpose: responsibilities: all, one, or a party's.
-- In:  id, party_id  NULL for all
-- Out: id, party_id, role, area_code, patch_id, categories, starts, ends, basis_kind, basis, synthetic, version
SELECT r.id, r.party_id, r.role, r.area_code, r.patch_id, r.categories, lower(r.period) AS starts, upper(r.period) AS ends,
       r.basis_kind, r.basis, r.synthetic, r.version
  FROM parties.responsibilities AS r
 WHERE (CAST(:id AS integer) IS NULL OR r.id = :id) AND (CAST(:party_id AS integer) IS NULL OR r.party_id = :party_id)
 ORDER BY r.id;
