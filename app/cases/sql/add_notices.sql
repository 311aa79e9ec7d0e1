-- Tells parties something about a case.
-- In:  case_id, parties (ids), what, now.
INSERT INTO cases.notices (case_id, party_id, at, what)
SELECT :case_id, p.id, :now, :what FROM unnest(CAST(:parties AS integer[])) AS p(id)
