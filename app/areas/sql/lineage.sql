-- Purpose: the codes of an area and of those above it, in any edition: what a grant's area is looked for in.
-- In:  code (of any level; NULL: the ground as a whole, which is the district's)
-- Out: code
WITH RECURSIVE upward AS (
  SELECT a.code, a.parent_code
    FROM areas.areas AS a
   WHERE a.level <> 'neighbour'
     AND (a.code = CAST(:code AS text) OR (CAST(:code AS text) IS NULL AND a.level = 'district'))
   UNION
  SELECT a.code, a.parent_code
    FROM areas.areas AS a JOIN upward AS u ON a.code = u.parent_code
   WHERE a.level <> 'neighbour'
)
SELECT DISTINCT u.code FROM upward AS u
