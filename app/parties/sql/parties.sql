-- Purpose: all parties, or one.
-- In:  id  one party, or NULL for all
-- Out: id, code, kind, area_code, parent_id, starts, ends, synthetic, version, by code
SELECT p.id, p.code, p.kind, p.area_code, p.parent_id, lower(p.period) AS starts, upper(p.period) AS ends, p.synthetic, p.version
  FROM parties.parties AS p
 WHERE CAST(:id AS integer) IS NULL OR p.id = :id
 ORDER BY p.code COLLATE "C";
