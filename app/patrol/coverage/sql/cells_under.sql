-- Cells of an edition in an area of any level, and in all areas under it.
-- in: edition_id, code (of the area)
-- out: number (areas.cells.number)
WITH RECURSIVE under AS (
  SELECT a.code FROM areas.areas AS a WHERE a.edition_id = :edition_id AND a.code = :code AND a.level <> 'neighbour'
  UNION
  SELECT a.code
    FROM areas.areas AS a
    JOIN under ON a.parent_code = under.code
   WHERE a.edition_id = :edition_id AND a.level <> 'neighbour'
)
SELECT c.number
  FROM areas.cells AS c
 WHERE c.edition_id = :edition_id
   AND c.parent_code IN (SELECT code FROM under)
 ORDER BY c.number
