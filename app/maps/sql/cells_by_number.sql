-- Purpose: codes and polygons of some cells.
-- In:  edition (areas.editions.id), numbers (integer[])
-- Out: number, code, geom (WKB, metric), in the order of numbers
SELECT number, code, ST_AsBinary(geom) AS geom
  FROM areas.cells
 WHERE edition_id = :edition AND number = ANY(CAST(:numbers AS integer[]))
 ORDER BY number;
