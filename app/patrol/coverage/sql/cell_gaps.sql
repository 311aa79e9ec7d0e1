-- Gaps in which one cell could have been patrolled.
-- in: member_ids, cell_id, start, end, tau_s
-- out: member_id, start, "end" (clipped to the window)
SELECT g.member_id, greatest(lower(g.period), CAST(:start AS timestamptz)) AS start,
       least(upper(g.period), CAST(:end AS timestamptz)) AS "end"
  FROM patrol.gaps AS g
 WHERE g.member_id = ANY (:member_ids)
   AND g.ended >= CAST(:start AS timestamptz) AND g.began <= CAST(:end AS timestamptz)
   AND patrol.seconds(tstzmultirange(g.period * tstzrange(CAST(:start AS timestamptz), CAST(:end AS timestamptz)))) >= :tau_s
   AND :cell_id = ANY (g.reachable)
 ORDER BY g.began, g.id
