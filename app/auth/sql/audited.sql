-- Add a line to the audit log.
-- In:  principal ('': whoever is asking), action, subject, subject_id, fields.
-- Out: nothing.
INSERT INTO auth.audit (principal, action, subject, subject_id, fields)
VALUES (coalesce(nullif(:principal, ''), auth.asker()), :action, :subject, :subject_id, CAST(:fields AS text[]))
