-- Purpose: an area with those above it, in any edition, drafts included; without a code: the districts.
-- In:  code  of an area or a cell, or NULL
-- Out: code, level, depth (0: the area itself), the lowest first
WITH RECURSIVE up AS (
  SELECT a.code, a.level, a.parent_code, 0 AS depth
    FROM areas.areas AS a
   WHERE a.level <> 'neighbour'
     AND CASE WHEN CAST(:code AS text) IS NULL THEN a.level = 'district' ELSE a.code = :code END
   UNION
  SELECT a.code, a.level, a.parent_code, u.depth + 1
    FROM areas.areas AS a JOIN up AS u ON a.code = u.parent_code AND a.level <> 'neighbour'
   WHERE u.depth < 10
)
SELECT u.code, u.level, min(u.depth) AS depth FROM up AS u GROUP BY u.code, u.level ORDER BY depth, u.code;
