-- Purpose: how far a polygon reaches out of an area, in any edition of it.
-- In:  shape  WKB in the metric CRS; area_code; tolerance  metres
-- Out: outside (m2 beyond the tolerance, in the edition where it is least; NULL: no such area)
SELECT min(ST_Area(ST_Difference(s.geom, ST_Buffer(a.geom, :tolerance)))) AS outside
  FROM areas.areas AS a,
       (SELECT ST_GeomFromWKB(CAST(:shape AS bytea), (SELECT d.metric_srid FROM db.deployment AS d WHERE d.only_row)) AS geom) AS s
 WHERE a.code = :area_code AND a.level <> 'neighbour';
