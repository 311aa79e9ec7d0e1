-- Purpose: all patches, or one, with their polygons.
-- In:  id  one patch, or NULL for all
-- Out: id, code, kind, area_code, name_zh, name_en, starts, ends, shape (WKB in the metric CRS; NULL for a set of cells),
--      synthetic, version, by code
SELECT p.id, p.code, p.kind, p.area_code, p.name_zh, p.name_en, lower(p.period) AS starts, upper(p.period) AS ends,
       ST_AsBinary(p.geom) AS shape, p.synthetic, p.version
  FROM parties.patches AS p
 WHERE CAST(:id AS integer) IS NULL OR p.id = :id
 ORDER BY p.code COLLATE "C";
