-- Purpose: where the incidents of a period lie, over an edition's ground and a margin around it.
-- In:  edition (areas.editions.id), start, end (half-open), category ('' for all), margin_m
-- Out: x, y in the metric CRS
WITH ground AS MATERIALIZED (
  SELECT ST_Expand(ST_Extent(geom)::geometry, :margin_m) AS box
    FROM areas.cells
   WHERE edition_id = :edition
)
SELECT ST_X(geom) AS x, ST_Y(geom) AS y
  FROM incidents.incidents
 WHERE reported_at >= :start
   AND reported_at < :end
   AND (:category = '' OR category = :category)
   AND geom && (SELECT ST_SetSRID(box, Find_SRID('incidents', 'incidents', 'geom')) FROM ground);
