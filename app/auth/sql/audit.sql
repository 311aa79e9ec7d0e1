-- Lines of the audit log, newest first; the auditor's and the system's to see.
-- In:  principal, action, subject, subject_id, start, until, before (NULL: any), most.
-- Out: id, at, principal, action, subject, subject_id, fields.
SELECT u.id, u.at, u.principal, u.action, u.subject, u.subject_id, u.fields
  FROM auth.audit AS u
 WHERE (CAST(:principal AS text) IS NULL OR u.principal = :principal)
   AND (CAST(:action AS text) IS NULL OR u.action = :action)
   AND (CAST(:subject AS text) IS NULL OR u.subject = :subject)
   AND (CAST(:subject_id AS text) IS NULL OR u.subject_id = :subject_id)
   AND (CAST(:start AS timestamptz) IS NULL OR u.at >= :start)
   AND (CAST(:until AS timestamptz) IS NULL OR u.at < :until)
   AND (CAST(:before AS bigint) IS NULL OR u.id < :before)
 ORDER BY u.id DESC
 LIMIT :most
