-- Whether what a grant is about exists.
-- In:  area_code, party_id (either NULL).
-- Out: area, party: NULL where not asked.
SELECT CASE WHEN CAST(:area_code AS text) IS NOT NULL THEN auth.knows_area(:area_code) END AS area,
       CASE WHEN CAST(:party_id AS integer) IS NOT NULL THEN auth.knows_party(:party_id) END AS party
