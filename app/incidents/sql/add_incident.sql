-- A fragment: stores one incident whose cell is known, unless (source, source_id) is stored already or it has no place.
-- In:  judged (a relation of one row, or none where nothing is to be stored: metric_srid); has_place (boolean); x, y (metres in the metric CRS); at (timestamptz); incident_source, source_id, category, description,
--      original_x, original_y, datum, accuracy_m (NULL if unknown), found, cell_id, snapped_m, candidates (ids, NULL if
--      none), community (code, NULL outside), reported_by (account, NULL for nobody), confidential, synthetic.
-- Out: its id; no row if it was not stored.
INSERT INTO incidents.incidents
       (source, source_id, reported_at, category, description, original_x, original_y, datum, accuracy_m,
        found, cell_id, snapped_m, candidates, community, reported_by, confidential, synthetic, geom)
SELECT CAST(:incident_source AS text), CAST(:source_id AS text), CAST(:at AS timestamptz), CAST(:category AS text),
       CAST(:description AS text), CAST(:original_x AS double precision), CAST(:original_y AS double precision),
       CAST(:datum AS text), CAST(:accuracy_m AS real), CAST(:found AS text), CAST(:cell_id AS integer),
       CAST(:snapped_m AS real), CAST(:candidates AS integer[]), CAST(:community AS text),
       CAST(:reported_by AS integer), CAST(:confidential AS boolean), CAST(:synthetic AS boolean),
       ST_SetSRID(ST_MakePoint(CAST(:x AS double precision), CAST(:y AS double precision)), j.metric_srid)
  FROM judged AS j
 WHERE CAST(:has_place AS boolean)
    ON CONFLICT (source, source_id) DO NOTHING
RETURNING id
