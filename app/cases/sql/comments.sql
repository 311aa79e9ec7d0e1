-- What was said about a case.
-- In:  case_id; only_reporter: only what whoever follows it by its code may read.
-- Out: id, at, principal, text, for_reporter; oldest first.
SELECT m.id, m.at, m.principal, m.text, m.for_reporter
  FROM cases.comments AS m
 WHERE m.case_id = :case_id AND (m.for_reporter OR NOT :only_reporter)
 ORDER BY m.id
