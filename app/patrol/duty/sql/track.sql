-- A member's raw fixes in order of time.
-- in: member_id, start, end, most
-- out: at, lon, lat, accuracy_m, device, source, mock
SELECT f.at, ST_X(g.point) AS lon, ST_Y(g.point) AS lat, f.accuracy_m, f.device, f.source, f.mock
  FROM patrol.fixes AS f, LATERAL (SELECT ST_Transform(f.geom, 4326) AS point) AS g
 WHERE f.member_id = :member_id AND f.at >= :start AND f.at < :end
 ORDER BY f.at, f.device
 LIMIT :most
