-- The task of whoever leads, after a move.
-- In:  case_id, task (what becomes of it: new, signed, handled, done, withdrawn), party_id (of a new one), due_at,
--      handled_by (account), result, now (timestamptz).
WITH followed AS (
  UPDATE cases.tasks AS t
     SET stage = CASE WHEN :task = 'new' THEN 'withdrawn' ELSE CAST(:task AS text) END,
         signed_at = CASE WHEN :task = 'signed' THEN coalesce(t.signed_at, CAST(:now AS timestamptz)) ELSE t.signed_at END,
         handled_at = CASE WHEN :task = 'handled' THEN CAST(:now AS timestamptz) ELSE t.handled_at END,
         handled_by = CASE WHEN :task = 'handled' THEN CAST(:handled_by AS integer) ELSE t.handled_by END,
         result = CASE WHEN :task = 'handled' THEN CAST(:result AS text) ELSE t.result END
   WHERE t.case_id = :case_id AND t.role = 'lead' AND t.stage IN ('dispatched', 'signed', 'handled')
)
INSERT INTO cases.tasks (case_id, party_id, role, made_at, due_at)
SELECT :case_id, CAST(:party_id AS integer), 'lead', CAST(:now AS timestamptz), CAST(:due_at AS timestamptz)
 WHERE :task = 'new'
