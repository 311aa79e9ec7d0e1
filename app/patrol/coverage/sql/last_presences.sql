-- When did members last leave a presence in each of some cells: before a window, and before its end?
-- in: member_ids, cell_ids, start, end, away_m
-- out: cell (areas.cells.number), before, last (seconds since start; null if there was none)
SELECT c.number AS cell,
       CAST(extract(epoch FROM max(p.at) FILTER (WHERE p.at < CAST(:start AS timestamptz)) - CAST(:start AS timestamptz))
            AS double precision) AS before,
       CAST(extract(epoch FROM max(p.at) - CAST(:start AS timestamptz)) AS double precision) AS last
  FROM patrol.presences AS p
  JOIN areas.cells AS c ON c.id = p.cell_id
 WHERE p.cell_id = ANY (:cell_ids) AND p.member_id = ANY (:member_ids) AND p.at < CAST(:end AS timestamptz)
   AND {credible}
 GROUP BY c.number
