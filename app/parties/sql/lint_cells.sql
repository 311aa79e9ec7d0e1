-- Purpose: the cells of the edition that holds at a time.
-- In:  at
-- Out: id, code, parent_level, parent_code
SELECT c.id, c.code, c.parent_level, c.parent_code
  FROM areas.cells AS c JOIN areas.editions AS e ON e.id = c.edition_id
 WHERE e.validity @> CAST(:at AS timestamptz)
 ORDER BY c.number;
