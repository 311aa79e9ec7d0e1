-- Shifts that have begun and may be reduced anew: those whose raw fixes were deleted stay as they are.
-- in: team (code; null: all), start, end (null: without), edition_id (only shifts in its time that are measured on another
--     one; null: all)
-- out: id, start, seconds (how long), in order of time
SELECT s.id, s.began AS start,
       CAST(extract(epoch FROM least(s.ended, now()) - s.began) AS double precision) AS seconds
  FROM teams.shifts AS s
  JOIN teams.members AS m ON m.id = s.member_id
  JOIN teams.teams AS t ON t.id = m.team_id
  LEFT JOIN patrol.reductions AS r ON r.shift_id = s.id
 WHERE (CAST(:team AS text) IS NULL OR t.code = :team)
   AND s.ended >= coalesce(CAST(:start AS timestamptz), '-infinity')
   AND s.began < coalesce(CAST(:end AS timestamptz), 'infinity')
   AND s.began <= now()
   AND r.fixes_deleted_at IS NULL
   AND (r.fixes = 0
        OR EXISTS (SELECT FROM patrol.fixes AS f WHERE f.member_id = s.member_id AND f.at >= s.began AND f.at <= s.ended))
   AND (CAST(:edition_id AS integer) IS NULL OR r.edition_id IS DISTINCT FROM :edition_id)
 ORDER BY s.began, s.id
