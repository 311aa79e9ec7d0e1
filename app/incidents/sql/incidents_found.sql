-- Incidents by place, time, cell and category, newest first, public fields. The box finds cells, the cells find
-- incidents: a spatial filter on incidents themselves would lose its index under row-level security. Snapped
-- incidents lie up to 50 m beside their cell; those outside every cell are found by their own place.
-- In:  west, south, east, north (WGS-84 degrees, NULL for everywhere); start, end_ (timestamptz, [start, end_),
--      NULL for open); cell (code, NULL for all); category (NULL for all); most (rows).
-- Out: id, source, reported_at, category, found, cell (code), number, snapped_m, synthetic; x, y (metres).
WITH box AS (
  SELECT ST_Transform(ST_Segmentize(ST_MakeEnvelope(CAST(:west AS double precision), CAST(:south AS double precision),
                                                    CAST(:east AS double precision), CAST(:north AS double precision),
                                                    4326), 0.05),
                      (SELECT d.metric_srid FROM db.deployment AS d WHERE d.only_row)) AS geom
), cells AS (
  SELECT ARRAY(SELECT c.id
                 FROM areas.cells AS c, box AS b
                WHERE ST_DWithin(c.geom, b.geom, 50)
                  AND (CAST(:cell AS text) IS NULL OR c.code = CAST(:cell AS text))
                UNION ALL
               SELECT c.id
                 FROM areas.cells AS c
                WHERE CAST(:west AS double precision) IS NULL AND c.code = CAST(:cell AS text)) AS ids
), found AS (
  SELECT i.*
    FROM incidents.incidents AS i
   WHERE i.cell_id = ANY ((SELECT cells.ids FROM cells)::integer[])
   UNION ALL
  SELECT i.*
    FROM incidents.incidents AS i
   WHERE i.cell_id IS NULL AND CAST(:cell AS text) IS NULL
   UNION ALL
  SELECT i.*
    FROM incidents.incidents AS i
   WHERE i.cell_id IS NOT NULL AND CAST(:cell AS text) IS NULL AND CAST(:west AS double precision) IS NULL
)
SELECT f.id, f.source, f.reported_at, f.category, f.found, c.code AS cell, c.number, f.snapped_m, f.synthetic,
       ST_X(f.geom) AS x, ST_Y(f.geom) AS y
  FROM found AS f
 CROSS JOIN box AS b
  LEFT JOIN areas.cells AS c ON c.id = f.cell_id
 WHERE (b.geom IS NULL OR ST_Intersects(f.geom, b.geom))
   AND (CAST(:start AS timestamptz) IS NULL OR f.reported_at >= CAST(:start AS timestamptz))
   AND (CAST(:end_ AS timestamptz) IS NULL OR f.reported_at < CAST(:end_ AS timestamptz))
   AND (CAST(:category AS text) IS NULL OR f.category = CAST(:category AS text))
 ORDER BY f.reported_at DESC, f.id DESC
 LIMIT :most
