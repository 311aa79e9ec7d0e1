-- Forget what shifts were reduced to.
-- in: shift_ids
WITH visits AS (DELETE FROM patrol.visits WHERE shift_id = ANY (:shift_ids)),
     gaps AS (DELETE FROM patrol.gaps WHERE shift_id = ANY (:shift_ids))
DELETE FROM patrol.reductions WHERE shift_id = ANY (:shift_ids)
