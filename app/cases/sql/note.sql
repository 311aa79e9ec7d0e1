-- Notes in a case's history what moves nothing.
-- In:  case_id, move (name), stage, principal, facts (JSON), now.
INSERT INTO cases.transitions (case_id, at, move, from_stage, to_stage, principal, facts)
VALUES (:case_id, :now, :move, :stage, :stage, :principal, CAST(:facts AS jsonb))
