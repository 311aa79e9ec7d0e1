-- Purpose: the categories that incidents carry, commonest first.
-- In:  most (how many)
-- Out: category, incidents
SELECT category, count(*) AS incidents
  FROM incidents.incidents
 WHERE category <> ''
 GROUP BY category
 ORDER BY incidents DESC, category
 LIMIT :most;
