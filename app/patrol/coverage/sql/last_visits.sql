-- When was each cell last visited, long enough to count: before a window, and before its end?
-- in: member_ids, edition_id, start, end, tau_s
-- out: cell (areas.cells.number), before (seconds since start at which the last visit before the window began,
--      null if there was none), last (seconds since start at which the last visit ended, at the latest the window's end)
SELECT c.number AS cell,
       CAST(extract(epoch FROM max(lower(v.period)) FILTER (WHERE lower(v.period) < CAST(:start AS timestamptz))
                               - CAST(:start AS timestamptz)) AS double precision) AS before,
       CAST(extract(epoch FROM max(least(upper(v.period), CAST(:end AS timestamptz)))
                               - CAST(:start AS timestamptz)) AS double precision) AS last
  FROM patrol.visits AS v
  JOIN areas.cells AS c ON c.id = v.cell_id AND c.edition_id = :edition_id
 WHERE v.member_id = ANY (:member_ids)
   AND v.began < CAST(:end AS timestamptz)
   AND patrol.seconds(v.seen) >= :tau_s
 GROUP BY c.number
