-- Forget what a shift was reduced to.
-- in: shift_id
WITH visits AS (DELETE FROM patrol.visits WHERE shift_id = :shift_id),
     gaps AS (DELETE FROM patrol.gaps WHERE shift_id = :shift_id)
DELETE FROM patrol.reductions WHERE shift_id = :shift_id
