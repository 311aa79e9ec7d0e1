-- Members with raw fixes in shifts that ended before a moment.
-- in: before
-- out: member_id
SELECT m.id AS member_id
  FROM teams.members AS m
 WHERE EXISTS (SELECT FROM teams.shifts AS s
                WHERE s.member_id = m.id AND NOT s.open AND s.ended <= :before
                  AND EXISTS (SELECT FROM patrol.fixes AS x
                               WHERE x.member_id = s.member_id AND x.at BETWEEN s.began AND s.ended))
 ORDER BY m.id
