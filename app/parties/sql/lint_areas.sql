-- Purpose: the areas of the edition that holds at a time, with their parents.
-- In:  at
-- Out: level, code, parent_code
SELECT a.level, a.code, a.parent_code
  FROM areas.areas AS a JOIN areas.editions AS e ON e.id = a.edition_id
 WHERE e.validity @> CAST(:at AS timestamptz) AND a.level <> 'neighbour';
