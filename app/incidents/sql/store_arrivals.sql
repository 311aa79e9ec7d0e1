-- Move a bulk load from the temporary table to the incidents, in the file's order.
-- In:  load_id, source, datum, synthetic.
-- Out: nothing.
INSERT INTO incidents.incidents
       (load_id, source, source_id, reported_at, category, description, original_x, original_y, datum,
        accuracy_m, found, cell_id, snapped_m, candidates, synthetic, geom)
SELECT CAST(:load_id AS integer), CAST(:source AS text), a.source_id, a.reported_at, a.category, a.description,
       a.original_x, a.original_y, CAST(:datum AS text), a.accuracy_m,
       CASE a.found WHEN 0 THEN 'in a cell' WHEN 1 THEN 'snapped' ELSE 'outside' END,
       a.cell_id, a.snapped_m, a.candidates, CAST(:synthetic AS boolean), a.geom
  FROM arrivals AS a
