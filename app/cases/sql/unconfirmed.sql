-- Confidential cases that were handled before a time, and that nobody whom they concern has judged.
-- In:  since (timestamptz); most (rows); synthetic (boolean: theirs, too).
-- Out: number.
SELECT c.number
  FROM cases.cases AS c
 WHERE c.ended_at IS NULL AND c.stage IN ('handled', 'checked') AND c.confidential
   AND c.handled_at < :since AND c.handled_by IS NOT NULL
   AND (CAST(:synthetic AS boolean) OR NOT c.synthetic)
 ORDER BY c.stage_due_at
 LIMIT :most
