-- Purpose: the cells of an edition in the order of their numbers, without geometry.
-- In:  edition (areas.editions.id)
-- Out: number (1..n), area_m2, parent_level, parent_code
SELECT number, area_m2, parent_level, parent_code
  FROM areas.cells
 WHERE edition_id = :edition
 ORDER BY number;
