-- Visits of some length that touch a window, on one edition.
-- in: member_ids, edition_id, start, end, least_s, below_s (the whole visit lasted that long, and not so long)
-- out: cell (areas.cells.number), seconds since the window's start at which the visit began (below 0: before it) and ended
SELECT c.number AS cell,
       CAST(extract(epoch FROM lower(v.period) - CAST(:start AS timestamptz)) AS double precision) AS began,
       CAST(extract(epoch FROM upper(v.period) - CAST(:start AS timestamptz)) AS double precision) AS ended
  FROM patrol.visits AS v
  JOIN areas.cells AS c ON c.id = v.cell_id AND c.edition_id = :edition_id
 WHERE v.member_id = ANY (:member_ids)
   AND v.ended >= CAST(:start AS timestamptz) AND v.began <= CAST(:end AS timestamptz)
   AND v.period && tstzrange(CAST(:start AS timestamptz), CAST(:end AS timestamptz))
   AND patrol.seconds(v.seen + v.shared) >= :least_s
   AND patrol.seconds(v.seen + v.shared) < :below_s
