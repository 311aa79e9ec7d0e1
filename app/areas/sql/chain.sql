-- Purpose: an area and those above it, by their parents' codes.
-- In:  :edition_id, :level, :code  of the lowest area
-- Out: level, code, name, synthetic; from the lowest level up
WITH RECURSIVE ranked AS (
  SELECT a.*, array_position(ARRAY['zone', 'community', 'street', 'district'], a.level) AS rank
    FROM areas.areas AS a
   WHERE a.edition_id = :edition_id AND a.level <> 'neighbour'
), upward AS (
  SELECT r.level, r.code, r.name, r.synthetic, r.parent_code, r.rank
    FROM ranked AS r
   WHERE r.level = :level AND r.code = :code
  UNION ALL
  SELECT n.level, n.code, n.name, n.synthetic, n.parent_code, n.rank
    FROM upward AS u
   CROSS JOIN LATERAL (SELECT * FROM ranked AS r
                        WHERE r.code = u.parent_code AND r.rank > u.rank
                        ORDER BY r.rank LIMIT 1) AS n
)
SELECT level, code, name, synthetic FROM upward ORDER BY rank
