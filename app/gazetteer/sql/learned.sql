-- Purpose: what was picked for address texts.
-- In:  keys (normal forms)
-- Out: key, place_id, uses
SELECT l.key, l.place_id, l.uses FROM gazetteer.learned AS l WHERE l.key = ANY (:keys) ORDER BY l.key, l.uses DESC
