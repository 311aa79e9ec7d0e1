-- Purpose: cells in the newest published edition that has them, by code, for making a patch of them.
-- In:  codes  text[]
-- Out: code, id
SELECT DISTINCT ON (c.code) c.code, c.id
  FROM areas.cells AS c
 WHERE c.code = ANY (CAST(:codes AS text[])) AND NOT isempty(c.validity)
 ORDER BY c.code, c.validity DESC;
