-- Purpose: start a draft from the edition before it: its areas of all levels, with what was loaded into them; no cells.
-- In:  :from_id, :to_id  editions
-- Out: the levels copied, one row each
WITH copied_loads AS (
  INSERT INTO areas.loads (edition_id, level, file_name, datum, content_hash, features, repaired, source, licence)
  SELECT :to_id, l.level, l.file_name, l.datum, l.content_hash, l.features, l.repaired, l.source, l.licence
    FROM areas.loads AS l
   WHERE l.edition_id = :from_id AND l.level <> 'cell'
), copied AS (
  INSERT INTO areas.areas (edition_id, level, code, name, parent_code, synthetic, geom)
  SELECT :to_id, a.level, a.code, a.name, a.parent_code, a.synthetic, a.geom
    FROM areas.areas AS a
   WHERE a.edition_id = :from_id
  RETURNING level
)
SELECT level FROM copied GROUP BY level ORDER BY min(array_position(
  ARRAY['district', 'street', 'community', 'zone', 'neighbour'], level))
