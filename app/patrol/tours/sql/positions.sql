-- Where members on shift were last seen, if lately and with consent that still holds. For working out arrivals; nobody is
-- told the position.
-- in: member_ids, since, now
-- out: member_id, x, y (metres), at
SELECT s.member_id, ST_X(f.geom) AS x, ST_Y(f.geom) AS y, f.at
  FROM teams.shifts AS s
  JOIN teams.members AS m ON m.id = s.member_id
 CROSS JOIN LATERAL (
         SELECT g.geom, g.at
           FROM patrol.fixes AS g
          WHERE g.member_id = s.member_id AND g.at >= CAST(:since AS timestamptz) AND g.at <= CAST(:now AS timestamptz)
            AND NOT g.mock AND coalesce(g.accuracy_m, 0) <= 100
          ORDER BY g.at DESC LIMIT 1) AS f
 WHERE s.member_id = ANY (:member_ids) AND s.period @> CAST(:now AS timestamptz) AND s.period @> f.at
   AND NOT coalesce((SELECT NOT c.given FROM patrol.consents AS c
                      WHERE c.account_id = m.account_id ORDER BY c.at DESC, c.id DESC LIMIT 1), false)
