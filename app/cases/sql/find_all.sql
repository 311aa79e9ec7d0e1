-- A fragment of find.sql for staff of the whole district and the system. In the brace go its conditions.
SELECT c.id
  FROM cases.cases AS c
 WHERE {conditions}
 ORDER BY c.reported_at DESC, c.id DESC
 LIMIT :most
