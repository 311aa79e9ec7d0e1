-- The latest usable fix of each shift that goes on, for the team's leader; none of who has withdrawn consent.
-- in: shift_ids
-- out: member_id, at, lon, lat, accuracy_m
SELECT s.member_id, f.at, ST_X(f.point) AS lon, ST_Y(f.point) AS lat, f.accuracy_m
  FROM teams.shifts AS s
  JOIN LATERAL (SELECT x.at, ST_Transform(x.geom, 4326) AS point, x.accuracy_m
                  FROM patrol.fixes AS x
                 WHERE x.member_id = s.member_id AND x.at >= lower(s.period)
                   AND (upper_inf(s.period) OR x.at <= upper(s.period)) AND NOT x.mock
                 ORDER BY x.at DESC LIMIT 1) AS f ON true
 WHERE s.id = ANY (:shift_ids)
   AND NOT coalesce((SELECT NOT c.given
                       FROM patrol.consents AS c
                       JOIN teams.members AS m ON m.account_id = c.account_id
                      WHERE m.id = s.member_id ORDER BY c.id DESC LIMIT 1), false)
 ORDER BY s.member_id
