-- Purpose: areas and cells whose parent is not in their edition, where it has a level that the parent could be of.
-- In:  :edition_id
-- Out: level, code, parent_code; from the highest level down, by code
WITH ranked AS (
  SELECT a.level, a.code, a.parent_code, array_position(ARRAY['district', 'street', 'community', 'zone'], a.level) AS rank
    FROM areas.areas AS a
   WHERE a.edition_id = :edition_id AND a.level <> 'neighbour'
), orphans AS (
  SELECT r.level, r.code, r.parent_code, r.rank
    FROM ranked AS r
   WHERE r.parent_code IS NOT NULL
     AND EXISTS (SELECT FROM ranked AS p WHERE p.rank < r.rank)
     AND NOT EXISTS (SELECT FROM ranked AS p WHERE p.rank < r.rank AND p.code = r.parent_code)
   UNION ALL
  SELECT 'cell', c.code, c.parent_code, 5
    FROM areas.cells AS c
    LEFT JOIN ranked AS p ON p.level = c.parent_level AND p.code = c.parent_code
   WHERE c.edition_id = :edition_id AND p.code IS NULL
)
SELECT level, code, parent_code FROM orphans ORDER BY rank, code
