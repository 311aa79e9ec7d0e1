-- An assisting task is done; no row if there is no such open task of these parties.
-- In:  case_id, id, parties (ids of which one must have it; NULL: any), handled_by, result, now (timestamptz).
-- Out: party_id.
WITH RECURSIVE mine AS (
  SELECT p.id FROM parties.parties AS p WHERE p.id = ANY (CAST(:parties AS integer[]))
   UNION
  SELECT p.id FROM parties.parties AS p JOIN mine AS m ON p.parent_id = m.id
)
UPDATE cases.tasks AS t
   SET stage = 'done', handled_at = :now, handled_by = CAST(:handled_by AS integer), result = :result
 WHERE t.case_id = :case_id AND t.id = :id AND t.role = 'assist' AND t.stage IN ('dispatched', 'signed')
   AND (CAST(:parties AS integer[]) IS NULL OR t.party_id IN (SELECT m.id FROM mine AS m))
RETURNING t.party_id
