-- Shifts in a window: how long, how much of it was tracked, and how the fixes fared.
-- in: member_ids, start, end
-- out: by shift: shift_id, member_id, start, "end" (clipped to the window), begun, due (as the roster has it, where one
--      does; never clipped), from_track, reduced, edition_id,
--      settled (the fixes were deleted: what it was reduced to stays),
--      duty_s (without pauses; up to now where it goes on), tracked_s, inferred_s (in the window), fixes, dropped, without_accuracy (of the whole shift)
SELECT s.id AS shift_id, s.member_id,
       greatest(lower(s.period), :start) AS start, least(upper(s.period), :end) AS "end",
       coalesce(lower(s.rostered), lower(s.period)) AS begun,
       coalesce(upper(s.rostered), upper(s.period), CAST(:end AS timestamptz) + interval '1 second') AS due,
       s.from_track, r.shift_id IS NOT NULL AS reduced, r.edition_id,
       coalesce(r.fixes_deleted_at IS NOT NULL, false) AS settled,
       patrol.seconds(tstzmultirange(s.period * tstzrange(:start, :end) * CASE WHEN s.open THEN tstzrange(NULL, now()) ELSE '(,)' END)
                      - coalesce((SELECT range_agg(p.period) FROM teams.pauses AS p WHERE p.shift_id = s.id), '{}')) AS duty_s,
       coalesce(patrol.seconds(r.tracked * tstzmultirange(tstzrange(:start, :end))), 0) AS tracked_s,
       coalesce(patrol.seconds(r.inferred * tstzmultirange(tstzrange(:start, :end))), 0) AS inferred_s,
       coalesce(r.fixes, 0) AS fixes, coalesce(r.dropped, '{}') AS dropped,
       coalesce(r.without_accuracy, 0) AS without_accuracy
  FROM teams.shifts AS s
  LEFT JOIN patrol.reductions AS r ON r.shift_id = s.id
 WHERE s.member_id = ANY (:member_ids)
   AND s.ended >= CAST(:start AS timestamptz) AND s.began <= CAST(:end AS timestamptz)
   AND s.period && tstzrange(CAST(:start AS timestamptz), CAST(:end AS timestamptz))
 ORDER BY s.member_id, lower(s.period)
