-- Doors by code: one, or all.
-- in: code (null: all)
-- out: code, name, synthetic, x, y (metres)
SELECT d.code, d.name, d.synthetic, ST_X(d.geom) AS x, ST_Y(d.geom) AS y
  FROM patrol.doors AS d
 WHERE CAST(:code AS text) IS NULL OR d.code = :code
 ORDER BY d.code
