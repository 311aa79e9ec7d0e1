-- How many cells an edition has (单元网格数): their numbers run from 1 without a gap, so the largest says it.
--
-- in   edition_id  integer
-- out  cells
-- uses areas.cells (edition_id, number)
SELECT coalesce(max(c.number), 0) AS cells
  FROM areas.cells AS c
 WHERE c.edition_id = :edition_id
