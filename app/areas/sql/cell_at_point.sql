-- Purpose: the cell a point belongs to, and how that was found: the rule of app/areas/ground.py, for one point.
--   In the cell that covers it (on shared edges the one with the smallest code); else snapped to the nearest
--   within 50 m (within 1e-6 m of the least: the smallest code), unless it lies in a known neighbouring
--   district; else outside.
-- In:  x, y  metres in the deployment's metric CRS
--      at    timestamptz: the edition valid then decides
-- Out: one row, or none when no edition is valid at that time: edition_id; found ('in a cell', 'snapped',
--      'outside'); cell_id, number, code, parent_code (NULL outside); snapped_m (metres, NULL unless snapped).
WITH edition AS (
  SELECT e.id
    FROM areas.editions AS e
   WHERE e.validity @> CAST(:at AS timestamptz)
), place AS (
  -- one value, not a join: of a table never analysed the planner expects hundreds of rows
  SELECT ST_SetSRID(ST_MakePoint(:x, :y), (SELECT d.metric_srid FROM db.deployment AS d WHERE d.only_row)) AS geom
), holding AS (
  SELECT c.id, c.number, c.code, c.parent_code, CAST(NULL AS double precision) AS metres
    FROM areas.cells AS c, edition AS e, place AS p
   WHERE c.edition_id = e.id AND ST_Covers(c.geom, p.geom)
   ORDER BY c.code COLLATE "C"
   LIMIT 1
), near AS (
  SELECT c.id, c.number, c.code, c.parent_code, ST_Distance(c.geom, p.geom) AS metres
    FROM areas.cells AS c, edition AS e, place AS p
   WHERE NOT EXISTS (SELECT FROM holding)
     AND c.edition_id = e.id
     AND ST_DWithin(c.geom, p.geom, 50)
     AND NOT EXISTS (SELECT FROM areas.areas AS n
                      WHERE n.edition_id = e.id AND n.level = 'neighbour' AND ST_Covers(n.geom, p.geom))
), nearest AS (
  SELECT n.*
    FROM near AS n
   WHERE n.metres <= (SELECT min(metres) FROM near) + 1e-6
   ORDER BY n.code COLLATE "C"
   LIMIT 1
), chosen AS (
  SELECT 'in a cell' AS found, h.* FROM holding AS h
   UNION ALL
  SELECT 'snapped', n.* FROM nearest AS n
)
SELECT e.id AS edition_id,
       coalesce(c.found, 'outside') AS found,
       c.id AS cell_id,
       c.number,
       c.code,
       c.parent_code,
       c.metres AS snapped_m
  FROM edition AS e
  LEFT JOIN chosen AS c ON true;
