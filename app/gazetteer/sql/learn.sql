-- Purpose: remember a pick, or that one was used again.
-- In:  key, place_id
-- Out: nothing
INSERT INTO gazetteer.learned AS l (key, place_id) VALUES (:key, :place_id)
    ON CONFLICT (key, place_id) DO UPDATE SET uses = l.uses + 1, used_at = now()
