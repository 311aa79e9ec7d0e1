-- Cases that nobody has signed for in time, the longest waiting first.
-- In:  now (timestamptz); most (rows); synthetic (boolean: theirs, too).
-- Out: number.
SELECT c.number
  FROM cases.cases AS c
 WHERE c.stage = 'dispatched' AND c.ended_at IS NULL AND c.suspended_at IS NULL AND c.stage_due_at < :now
   AND (CAST(:synthetic AS boolean) OR NOT c.synthetic)
 ORDER BY c.stage_due_at
 LIMIT :most
