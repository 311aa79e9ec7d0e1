-- What was applied for, and how it was decided.
-- In:  case_id.
-- Out: id, what, reason, until, against, made_by, made_at, decision, decided_by, decided_at, grounds; oldest first.
SELECT a.id, a.what, a.reason, a.until, a.against, a.made_by, a.made_at, a.decision, a.decided_by, a.decided_at, a.grounds
  FROM cases.applications AS a
 WHERE a.case_id = :case_id
 ORDER BY a.id
