-- When was each of some cells last visited, long enough to count for certain: before a window, and before its end? One step in an
-- index for each cell, however many years of visits there are.
-- in: member_ids, cell_ids, start, end, enough_s
-- out: cell (areas.cells.number), before (seconds since start at which the last visit before the window began,
--      null if there was none), last (seconds since start at which the last visit ended, at the latest the window's end)
SELECT c.number AS cell,
       CAST(extract(epoch FROM earlier.began - CAST(:start AS timestamptz)) AS double precision) AS before,
       CAST(extract(epoch FROM least(latest.ended, CAST(:end AS timestamptz)) - CAST(:start AS timestamptz))
            AS double precision) AS last
  FROM areas.cells AS c
 CROSS JOIN LATERAL (
         SELECT v.ended
           FROM patrol.visits AS v
          WHERE v.cell_id = c.id AND v.began < CAST(:end AS timestamptz) AND v.member_id = ANY (:member_ids)
            AND patrol.seconds(v.seen + v.shared) >= :enough_s
          ORDER BY v.began DESC LIMIT 1) AS latest
  LEFT JOIN LATERAL (
         SELECT v.began
           FROM patrol.visits AS v
          WHERE v.cell_id = c.id AND v.began < CAST(:start AS timestamptz) AND v.member_id = ANY (:member_ids)
            AND patrol.seconds(v.seen + v.shared) >= :enough_s
          ORDER BY v.began DESC LIMIT 1) AS earlier ON true
 WHERE c.id = ANY (:cell_ids)
