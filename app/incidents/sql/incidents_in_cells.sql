-- Incidents of some cells, newest first, and if wanted those outside every cell: a box finds cells
-- (areas/sql/cells_in_box.sql), the cells find incidents, then their exact place in the box decides.
-- In:  cells (areas.cells.id); box (EWKB, metric, NULL for the whole cells); outside (boolean); start, end_ (timestamptz, [start, end_),
--      NULL for open); category (NULL for all); most (rows).
-- Out: as incidents_newest.sql.
WITH found AS (
  SELECT i.*
    FROM incidents.incidents AS i
   WHERE i.cell_id = ANY (CAST(:cells AS integer[]))
     AND i.reported_at >= coalesce(CAST(:start AS timestamptz), '-infinity')
     AND i.reported_at < coalesce(CAST(:end_ AS timestamptz), 'infinity')
   UNION ALL
  SELECT i.*
    FROM incidents.incidents AS i
   WHERE i.cell_id IS NULL AND :outside
     AND i.reported_at >= coalesce(CAST(:start AS timestamptz), '-infinity')
     AND i.reported_at < coalesce(CAST(:end_ AS timestamptz), 'infinity')
)
SELECT i.id, i.source, i.reported_at, i.category, i.found, c.code AS cell, c.number, i.snapped_m, i.synthetic,
       ST_X(i.geom) AS x, ST_Y(i.geom) AS y
  FROM found AS i
  LEFT JOIN areas.cells AS c ON c.id = i.cell_id
 WHERE (CAST(:box AS bytea) IS NULL OR ST_Intersects(i.geom, CAST(CAST(:box AS bytea) AS geometry)))
   AND (CAST(:category AS text) IS NULL OR i.category = CAST(:category AS text))
 ORDER BY i.reported_at DESC, i.id DESC
 LIMIT :most
