-- Purpose: the areas of one level with what a map says about them.
-- In:  edition (areas.editions.id), level
-- Out: code, name, parent_code, synthetic, area_m2, geom (WKB, metric)
SELECT code, name, parent_code, synthetic, ST_Area(geom) AS area_m2, ST_AsBinary(geom) AS geom
  FROM areas.areas
 WHERE edition_id = :edition
   AND level = :level
 ORDER BY code;
