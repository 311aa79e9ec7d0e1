-- Adds a comment, and says so to whoever listens.
-- In:  case_id, principal, text, for_reporter, now.
-- Out: id.
INSERT INTO cases.comments (case_id, at, principal, text, for_reporter)
VALUES (:case_id, :now, :principal, :text, :for_reporter)
RETURNING id
