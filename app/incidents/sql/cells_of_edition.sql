-- Sizes of an edition's cells, in order of their numbers 1..n.
-- In:  edition_id.
-- Out: area_m2.
SELECT c.area_m2
  FROM areas.cells AS c
 WHERE c.edition_id = :edition_id
 ORDER BY c.number
