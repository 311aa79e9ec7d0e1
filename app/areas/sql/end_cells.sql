-- Purpose: let a published edition's cells hold only until the next edition begins.
-- In:  :before_id, :starts (of the next edition)
UPDATE areas.cells SET validity = tstzrange(lower(validity), :starts) WHERE edition_id = :before_id
