-- Move a bulk load from the temporary table to the incidents, in the file's order; each gets its cell's community,
-- for the rights.
-- In:  load_id, source, datum, synthetic.
-- Out: nothing.
INSERT INTO incidents.incidents
       (load_id, source, source_id, reported_at, category, description, original_x, original_y, datum,
        accuracy_m, found, cell_id, community, snapped_m, candidates, synthetic, geom)
SELECT CAST(:load_id AS integer), CAST(:source AS text), a.source_id, a.reported_at, a.category, a.description,
       a.original_x, a.original_y, CAST(:datum AS text), a.accuracy_m,
       CASE a.found WHEN 0 THEN 'in a cell' WHEN 1 THEN 'snapped' ELSE 'outside' END,
       a.cell_id, c.parent_code, a.snapped_m, a.candidates, CAST(:synthetic AS boolean), a.geom
  FROM arrivals AS a
  LEFT JOIN areas.cells AS c ON c.id = a.cell_id
