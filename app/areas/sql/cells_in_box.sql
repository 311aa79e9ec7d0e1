-- Purpose: the cells, of any edition, that things in a box may belong to: what is snapped lies up to 50 m beside its cell.
--   Protected tables are filtered by these ids: a spatial filter on them would find no index under row-level security.
-- In:  west, south, east, north (WGS-84 degrees; its edges are curves in the metric CRS); most (ids)
-- Out: one row: box (EWKB, metric CRS); cells (areas.cells.id), at most `most`
WITH box AS MATERIALIZED (
  SELECT ST_Transform(ST_Segmentize(ST_MakeEnvelope(:west, :south, :east, :north, 4326), 0.05),
                      (SELECT d.metric_srid FROM db.deployment AS d WHERE d.only_row)) AS geom
)
SELECT ST_AsEWKB(b.geom) AS box,
       ARRAY(SELECT c.id FROM areas.cells AS c WHERE ST_DWithin(c.geom, b.geom, 50) LIMIT :most) AS cells
  FROM box AS b
