-- One incident with its cell and candidates, public fields.
-- In:  id.
-- Out: as incidents_found.sql, and accuracy_m, datum, candidates (codes, NULL if none).
SELECT i.id, i.source, i.reported_at, i.category, i.found, c.code AS cell, c.number, i.snapped_m, i.synthetic,
       ST_X(i.geom) AS x, ST_Y(i.geom) AS y, i.accuracy_m, i.datum,
       (SELECT array_agg(n.code ORDER BY n.code) FROM areas.cells AS n WHERE n.id = ANY (i.candidates)) AS candidates
  FROM incidents.incidents AS i
  LEFT JOIN areas.cells AS c ON c.id = i.cell_id
 WHERE i.id = :id
