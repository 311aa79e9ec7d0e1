-- Purpose: the categories that incidents carry, commonest first; of those on a map.
-- In:  most (how many)
-- Out: category, incidents
SELECT category, count(*) AS incidents
  FROM incidents.incidents
 WHERE category <> '' AND NOT confidential
 GROUP BY category
 ORDER BY incidents DESC, category
 LIMIT :most;
