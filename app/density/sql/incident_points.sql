-- Purpose: where the incidents of a period lie, over an edition's ground and a margin around it.
-- In:  edition (areas.editions.id), start, end (half-open), category ('' for all), margin_m
-- Out: x, y in the metric CRS
SELECT ST_X(geom) AS x, ST_Y(geom) AS y
  FROM incidents.incidents
 WHERE reported_at >= :start
   AND reported_at < :end
   AND (:category = '' OR category = :category)
   AND geom && (SELECT ST_Expand(ST_SetSRID(ST_Extent(cells.geom)::geometry, Find_SRID('areas', 'cells', 'geom')), :margin_m)
                  FROM areas.cells
                 WHERE cells.edition_id = :edition);
