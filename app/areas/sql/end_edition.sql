-- Purpose: let a published edition hold only until the next one begins.
-- In:  :before_id, :starts (of the next edition)
UPDATE areas.editions SET validity = tstzrange(lower(validity), :starts) WHERE id = :before_id
