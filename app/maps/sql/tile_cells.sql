-- Purpose: one vector tile of cells; ids are cell numbers, and there are no properties: numbers travel apart.
--          The tile's envelope is brought into the stored CRS, so that the GiST index on cells.geom is used.
-- In:  edition (areas.editions.id), z, x, y
-- Out: tile (bytea; empty where no cell is)
WITH place AS MATERIALIZED (
  SELECT ST_TileEnvelope(:z, :x, :y) AS mercator,
         ST_Transform(ST_TileEnvelope(:z, :x, :y, margin => 0.02),
                      Find_SRID('areas', 'cells', 'geom')) AS metric
), clipped AS (
  SELECT cells.number,
         ST_AsMVTGeom(ST_Transform(cells.geom, 3857), (SELECT mercator FROM place), 4096, 32, true) AS geom
    FROM areas.cells
   WHERE cells.edition_id = :edition
     AND cells.geom && (SELECT metric FROM place)
)
SELECT ST_AsMVT(clipped, 'cells', 4096, 'geom', 'number') AS tile
  FROM clipped
 WHERE geom IS NOT NULL;
