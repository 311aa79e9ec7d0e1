-- The newest incidents of a period, by the index on their time; in a box, where it is too wide to name its cells.
-- In:  start, end_ (timestamptz, [start, end_), NULL for open); category (NULL for all); box (EWKB, metric, NULL for
--      everywhere); most (rows).
-- Out: id, source, reported_at, category, found, cell (code), number, snapped_m, synthetic; x, y (metres).
SELECT i.id, i.source, i.reported_at, i.category, i.found, c.code AS cell, c.number, i.snapped_m, i.synthetic,
       ST_X(i.geom) AS x, ST_Y(i.geom) AS y
  FROM incidents.incidents AS i
  LEFT JOIN areas.cells AS c ON c.id = i.cell_id
 WHERE i.reported_at >= coalesce(CAST(:start AS timestamptz), '-infinity')
   AND i.reported_at < coalesce(CAST(:end_ AS timestamptz), 'infinity')
   AND (CAST(:category AS text) IS NULL OR i.category = CAST(:category AS text))
   AND (CAST(:box AS bytea) IS NULL
        OR ST_Intersects(i.geom, CAST(CAST(:box AS bytea) AS geometry)))
 ORDER BY i.reported_at DESC, i.id DESC
 LIMIT :most
