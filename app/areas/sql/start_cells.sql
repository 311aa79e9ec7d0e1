-- Purpose: let the cells of an edition hold from its beginning, where they weren't stored so.
-- In:  :edition_id, :starts (NULL: they always held)
UPDATE areas.cells SET validity = tstzrange(CAST(:starts AS timestamptz), NULL)
 WHERE edition_id = :edition_id AND isempty(validity)
