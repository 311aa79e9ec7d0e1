-- Forget the pauses of a shift.
-- in: shift_id
DELETE FROM teams.pauses WHERE shift_id = :shift_id
