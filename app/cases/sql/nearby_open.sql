-- Open cases that one nearby may repeat, as far as whoever asks may see them. Cells find them: a spatial filter would
-- lose its index under row-level security.
-- In:  cells (ids), since (timestamptz), but (id of the case itself, 0 for none).
-- Out: id, number, category_id, stage, reported_at, description, x, y (metres); at most 60, newest first.
SELECT c.id, c.number, c.category_id, c.stage, c.reported_at, c.description,
       ST_X(c.geom) AS x, ST_Y(c.geom) AS y
  FROM cases.cases AS c
 WHERE c.cell_id = ANY (CAST(:cells AS integer[])) AND c.reported_at >= :since AND c.ended_at IS NULL AND c.id <> :but
 ORDER BY c.reported_at DESC
 LIMIT 60
