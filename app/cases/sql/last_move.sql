-- Who moved a case last.
-- In:  case_id.
-- Out: at, move, principal, shown (the account's, NULL for the system).
SELECT t.at, t.move, t.principal, a.shown
  FROM cases.transitions AS t
  LEFT JOIN auth.accounts AS a ON t.principal = 'account:' || a.id
 WHERE t.case_id = :case_id
 ORDER BY t.id DESC
 LIMIT 1
