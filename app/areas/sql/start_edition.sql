-- Purpose: publish a draft.
-- In:  :edition_id, :starts (NULL: it always held)
UPDATE areas.editions
   SET validity = tstzrange(CAST(:starts AS timestamptz), NULL), published_at = now()
 WHERE id = :edition_id
