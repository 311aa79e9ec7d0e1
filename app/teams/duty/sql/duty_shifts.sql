-- Shifts of members that touch a window, with their pauses.
-- in: member_ids, start, end (null: without end)
-- out: id, member_id, start, "end", open, lapsed, by_phone, from_track, device, rostered_start, rostered_end,
--      pauses, resumes (arrays of one length; the last resume null while it lasts)
SELECT s.id, s.member_id, lower(s.period) AS start, upper(s.period) AS "end", s.open, s.lapsed, s.by_phone,
       s.from_track, s.device, lower(s.rostered) AS rostered_start, upper(s.rostered) AS rostered_end,
       p.pauses, p.resumes
  FROM teams.shifts AS s
  LEFT JOIN LATERAL (SELECT array_agg(lower(b.period) ORDER BY lower(b.period)) AS pauses,
                            array_agg(upper(b.period) ORDER BY lower(b.period)) AS resumes
                       FROM teams.pauses AS b WHERE b.shift_id = s.id) AS p ON true
 WHERE s.member_id = ANY (:member_ids)
   AND s.ended > :start
   AND s.began < coalesce(CAST(:end AS timestamptz), 'infinity')
 ORDER BY s.member_id, lower(s.period)
