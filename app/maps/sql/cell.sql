-- Purpose: one cell for its card.
-- In:  edition (areas.editions.id), number
-- Out: code, name, parent_level, parent_code, square_row, square_column, square_size, area_m2,
--      geojson (WGS-84), lon, lat (a point in it)
SELECT code, name, parent_level, parent_code, square_row, square_column, square_size, area_m2,
       ST_AsGeoJSON(ST_Transform(geom, 4326), 6) AS geojson,
       ST_X(ST_Transform(ST_PointOnSurface(geom), 4326)) AS lon,
       ST_Y(ST_Transform(ST_PointOnSurface(geom), 4326)) AS lat
  FROM areas.cells
 WHERE edition_id = :edition AND number = :number;
