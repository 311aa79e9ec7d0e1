-- Tells whoever reported a case or one merged into it, each once.
-- In:  main_id, what, now.
INSERT INTO cases.notices (case_id, account_id, at, what)
SELECT DISTINCT ON (c.reported_by) c.id, c.reported_by, CAST(:now AS timestamptz), CAST(:what AS text)
  FROM cases.cases AS c
 WHERE (c.id = :main_id OR c.merged_into = :main_id) AND c.reported_by IS NOT NULL
 ORDER BY c.reported_by, c.id DESC
