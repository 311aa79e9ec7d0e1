-- Tells who leads, once, that a case's time is over.
-- In:  now (timestamptz); most (rows); synthetic (boolean: theirs, too).
-- Out: number of each.
WITH late AS (
  SELECT c.id, c.number, c.party_id
    FROM cases.cases AS c
   WHERE c.ended_at IS NULL AND c.suspended_at IS NULL AND c.due_at < :now AND NOT c.excused
     AND (CAST(:synthetic AS boolean) OR NOT c.synthetic)
     AND NOT EXISTS (SELECT FROM cases.transitions AS t WHERE t.case_id = c.id AND t.move = 'overdue')
   ORDER BY c.due_at
   LIMIT :most
), history AS (
  INSERT INTO cases.transitions (case_id, at, move, from_stage, to_stage, principal, party_id)
  SELECT l.id, :now, 'overdue', c.stage, c.stage, (SELECT auth.principal()), l.party_id
    FROM late AS l JOIN cases.cases AS c ON c.id = l.id
), notices AS (
  INSERT INTO cases.notices (case_id, party_id, at, what)
  SELECT l.id, l.party_id, :now, 'overdue' FROM late AS l WHERE l.party_id IS NOT NULL
)
SELECT l.number FROM late AS l
