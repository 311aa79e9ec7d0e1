-- Shifts of members that touch a window, whole.
-- in: member_ids, start, end (both inclusive; null: without end)
-- out: id, member_id, start, "end" (of one that goes on: when it is expected to end), from_track
SELECT s.id, s.member_id, lower(s.period) AS start,
       CASE WHEN s.open THEN coalesce(upper(s.rostered), lower(s.period) + interval '8 h') ELSE upper(s.period) END AS "end",
       s.from_track
  FROM teams.shifts AS s
 WHERE s.member_id = ANY (:member_ids)
   AND s.ended >= coalesce(CAST(:start AS timestamptz), '-infinity')
   AND s.began <= coalesce(CAST(:end AS timestamptz), 'infinity')
   AND s.period && tstzrange(CAST(:start AS timestamptz), CAST(:end AS timestamptz), '[]')
 ORDER BY s.member_id, lower(s.period)
