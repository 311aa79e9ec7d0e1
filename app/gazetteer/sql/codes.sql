-- Purpose: the stored places by code, as parents of what is loaded.
-- In:  codes
-- Out: code, id, heads, building, unit, community
SELECT p.code, p.id, p.heads, p.building, p.unit, p.community FROM gazetteer.places AS p WHERE p.code = ANY (:codes)
