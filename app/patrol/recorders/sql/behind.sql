-- Shifts of members whose recorders were heard of lately that aren't reduced with all of their fixes; held.
-- One that goes on ends, for now, with its last fix.
-- out: id, member_id, start, "end", from_track
SELECT s.id, s.member_id, lower(s.period) AS start,
       CASE WHEN s.open THEN f.last_at ELSE upper(s.period) END AS "end", s.from_track
  FROM teams.shifts AS s
  LEFT JOIN patrol.reductions AS r ON r.shift_id = s.id
 CROSS JOIN LATERAL (SELECT count(*) AS fixes, max(x.at) AS last_at, max(x.received_at) AS received_at
                       FROM patrol.fixes AS x
                      WHERE x.member_id = s.member_id AND x.at >= s.began AND x.at <= s.ended AND s.period @> x.at) AS f
 WHERE s.member_id IN (SELECT p.member_id FROM patrol.recorders AS p WHERE p.seen_at > now() - interval '15 min')
   AND s.ended > now() - interval '7 days' AND s.began <= now()
   AND f.fixes > coalesce(r.fixes, 0) AND f.received_at > now() - interval '15 min' AND r.fixes_deleted_at IS NULL
 ORDER BY s.id
   FOR UPDATE OF s
