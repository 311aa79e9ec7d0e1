-- Cells of an edition in an area of any level and all areas under it; those of a zone by their middles.
-- in: edition_id, code (of the area)
-- out: number (areas.cells.number)
WITH RECURSIVE under AS (
  SELECT a.code, a.level, a.geom
    FROM areas.areas AS a
   WHERE a.edition_id = :edition_id AND a.code = :code AND a.level <> 'neighbour'
  UNION ALL
  SELECT a.code, a.level, a.geom
    FROM areas.areas AS a
    JOIN under ON a.parent_code = under.code
   WHERE a.edition_id = :edition_id AND a.level NOT IN ('neighbour', 'zone')
)
SELECT c.number
  FROM areas.cells AS c
 WHERE c.edition_id = :edition_id
   AND (c.parent_code IN (SELECT code FROM under WHERE level <> 'zone')
        OR EXISTS (SELECT FROM under AS z WHERE z.level = 'zone' AND ST_Covers(z.geom, ST_PointOnSurface(c.geom))))
 ORDER BY c.number
