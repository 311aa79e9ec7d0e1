-- Purpose: the areas that hold a point; on a shared border the one with the smallest code.
-- In:  :edition_id; :x, :y  metres in the deployment's metric CRS
-- Out: level, code, name, synthetic; from the lowest level up; a known neighbouring district last
SELECT DISTINCT ON (array_position(ARRAY['zone', 'community', 'street', 'district', 'neighbour'], a.level))
       a.level, a.code, a.name, a.synthetic
  FROM areas.areas AS a, db.deployment AS d
 WHERE a.edition_id = :edition_id
   AND ST_Covers(a.geom, ST_SetSRID(ST_MakePoint(:x, :y), d.metric_srid))
 ORDER BY array_position(ARRAY['zone', 'community', 'street', 'district', 'neighbour'], a.level), a.code
