-- Purpose: change a responsibility that is still at a version.
-- In:  id, version, party_id, role, area_code, patch_id, categories (text[]), starts, ends, basis_kind, basis
-- Out: version; no row if somebody changed it meanwhile
UPDATE parties.responsibilities
   SET party_id = :party_id, role = :role, area_code = :area_code, patch_id = :patch_id, categories = CAST(:categories AS text[]),
       period = tstzrange(:starts, :ends), basis_kind = :basis_kind, basis = :basis, version = version + 1
 WHERE id = :id AND version = :version
RETURNING version;
