-- Asks another party to assist.
-- In:  case_id, party_id, what, due_at, now (timestamptz).
INSERT INTO cases.tasks (case_id, party_id, role, what, made_at, due_at)
VALUES (:case_id, :party_id, 'assist', :what, :now, :due_at)
