-- Shifts that touch a stretch and have fixes, or had some and were reduced; what stands for deleted fixes is left alone. Held, so that two at once take turns.
-- One that goes on ends, for now, with its last fix.
-- in: member_id, start, end (null: without)
-- out: id, member_id, start, "end", from_track
SELECT s.id, s.member_id, lower(s.period) AS start,
       CASE WHEN s.open THEN coalesce(f.last_at, lower(s.period) + interval '1 s') ELSE upper(s.period) END AS "end", s.from_track
  FROM teams.shifts AS s
  LEFT JOIN LATERAL (SELECT max(x.at) AS last_at
                       FROM patrol.fixes AS x
                      WHERE x.member_id = s.member_id AND x.at >= s.began AND x.at <= s.ended AND s.period @> x.at) AS f
            ON true
 WHERE s.member_id = :member_id
   AND s.ended >= coalesce(CAST(:start AS timestamptz), '-infinity')
   AND s.began <= coalesce(CAST(:end AS timestamptz), 'infinity')
   AND NOT EXISTS (SELECT FROM patrol.reductions AS r WHERE r.shift_id = s.id AND r.fixes_deleted_at IS NOT NULL)
   AND (f.last_at IS NOT NULL OR EXISTS (SELECT FROM patrol.reductions AS r WHERE r.shift_id = s.id))
 ORDER BY s.id
   FOR UPDATE OF s
