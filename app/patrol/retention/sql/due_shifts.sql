-- Shifts whose raw fixes have been kept long enough: ended, and the last fix received, before a moment.
-- in: member_ids, before, most
-- out: id, member_id, start, "end", from_track, fixes, reduced (how many fixes its reduction has seen; null: none)
SELECT s.id, s.member_id, lower(s.period) AS start, upper(s.period) AS "end", s.from_track, f.fixes, r.fixes AS reduced
  FROM teams.shifts AS s
  LEFT JOIN patrol.reductions AS r ON r.shift_id = s.id
 CROSS JOIN LATERAL (SELECT count(*) AS fixes, max(x.received_at) AS received_at
                       FROM patrol.fixes AS x
                      WHERE x.member_id = s.member_id AND x.at >= s.began AND x.at <= s.ended AND s.period @> x.at) AS f
 WHERE s.member_id = ANY (:member_ids) AND NOT s.open AND s.ended <= :before AND f.fixes > 0 AND f.received_at <= :before
   AND EXISTS (SELECT FROM patrol.fixes AS x WHERE x.member_id = s.member_id AND x.at BETWEEN s.began AND s.ended)
 ORDER BY lower(s.period), s.id
 LIMIT :most
   FOR UPDATE OF s
