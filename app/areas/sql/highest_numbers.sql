-- Purpose: retired numbers are not used again: the highest number that laid cells ever had, by parent,
--          since the parent's cells were last numbered anew.
-- Out: parent_code, highest
SELECT c.parent_code, max(right(c.code, 3)::integer) AS highest
  FROM areas.cells AS c
  JOIN areas.editions AS e ON e.id = c.edition_id AND e.published_at IS NOT NULL
  LEFT JOIN (SELECT r.parent_code, max(r.edition_id) AS edition_id
               FROM areas.renumberings AS r
               JOIN areas.editions AS p ON p.id = r.edition_id AND p.published_at IS NOT NULL
              GROUP BY r.parent_code) AS anew ON anew.parent_code = c.parent_code
 WHERE c.square_size IS NOT NULL
   AND c.edition_id >= coalesce(anew.edition_id, 0)
 GROUP BY c.parent_code
