-- Who changed a row last, and when; as the system.
-- In:  subject (schema.table), subject_id.
-- Out: principal, shown (NULL for what is no account), at; no row if nobody did.
SELECT u.principal, a.shown, u.at
  FROM auth.audit AS u
  LEFT JOIN auth.accounts AS a ON u.principal = 'account:' || a.id
 WHERE u.subject = :subject AND u.subject_id = :subject_id AND u.action IN ('insert', 'update', 'delete')
 ORDER BY u.id DESC
 LIMIT 1
