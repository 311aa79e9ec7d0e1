-- Note that the raw fixes of a shift are deleted: its visits stand.
-- in: shift_id, now
UPDATE patrol.reductions SET fixes_deleted_at = :now WHERE shift_id = :shift_id
