-- Purpose: collaboration models with their history, of all areas or one.
-- In:  area_code  NULL for all
-- Out: id, area_code, model, step, starts, ends, basis, the latest first
SELECT m.id, m.area_code, m.model, m.step, lower(m.period) AS starts, upper(m.period) AS ends, m.basis
  FROM parties.models AS m
 WHERE CAST(:area_code AS text) IS NULL OR m.area_code = :area_code
 ORDER BY m.area_code COLLATE "C", m.period DESC;
