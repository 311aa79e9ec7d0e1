-- Notes what is applied for.
-- In:  case_id, what, reason, until (timestamptz or NULL), against (or NULL), made_by (principal), now.
INSERT INTO cases.applications (case_id, what, reason, until, against, made_by, made_at)
VALUES (:case_id, :what, :reason, :until, :against, :made_by, :now)
