-- No task stays open when its case ends without being done.
-- In:  case_id.
UPDATE cases.tasks SET stage = 'withdrawn' WHERE case_id = :case_id AND stage IN ('dispatched', 'signed', 'handled')
