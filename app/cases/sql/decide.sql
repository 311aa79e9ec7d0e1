-- Decides what was applied for.
-- In:  case_id, whats (of them), decision, decided_by (principal), grounds, now.
-- Out: what, until, against, made_by of each.
UPDATE cases.applications
   SET decision = :decision, decided_by = :decided_by, decided_at = :now, grounds = :grounds
 WHERE case_id = :case_id AND what = ANY (CAST(:whats AS text[])) AND decision IS NULL
RETURNING what, until, against, made_by
