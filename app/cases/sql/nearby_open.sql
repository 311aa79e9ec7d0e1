-- Open cases that one nearby may repeat, as far as whoever asks may see them. Cells find them, each its newest by its
-- index: a spatial filter would lose its index under row-level security.
-- In:  cells (ids); x, y, reach (metres); since (timestamptz); but (id of the case itself, 0 for none).
-- Out: id, number, category_id, stage, reported_at, description, x, y (metres); at most 30, newest first.
SELECT c.id, c.number, c.category_id, c.stage, c.reported_at, c.description, c.x, c.y
  FROM unnest(CAST(:cells AS integer[])) AS around(cell_id)
 CROSS JOIN LATERAL (
       SELECT o.id, o.number, o.category_id, o.stage, o.reported_at, o.description,
              ST_X(o.geom) AS x, ST_Y(o.geom) AS y
         FROM cases.cases AS o
        WHERE o.cell_id = around.cell_id AND o.ended_at IS NULL AND o.reported_at >= :since
        ORDER BY o.reported_at DESC
        LIMIT 20) AS c
 WHERE c.id <> CAST(:but AS bigint)
   AND abs(c.x - CAST(:x AS double precision)) <= CAST(:reach AS double precision)
   AND abs(c.y - CAST(:y AS double precision)) <= CAST(:reach AS double precision)
 ORDER BY c.reported_at DESC
 LIMIT 30
