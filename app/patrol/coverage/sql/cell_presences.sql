-- What members left in one cell by working there in a window.
-- in: member_ids, cell_id, start, end, away_m
-- out: member_id, at, kind, number (of the case; null for a door), door (its name, null for a case)
SELECT p.member_id, p.at, p.kind, CASE WHEN p.kind <> 'door' THEN p.reference END AS number, d.name AS door
  FROM patrol.presences AS p
  JOIN areas.cells AS c ON c.id = p.cell_id
  LEFT JOIN patrol.doors AS d ON d.code = p.reference AND p.kind = 'door'
 WHERE p.cell_id = :cell_id AND p.member_id = ANY (:member_ids)
   AND p.at >= CAST(:start AS timestamptz) AND p.at < CAST(:end AS timestamptz)
   AND {credible}
 ORDER BY p.at, p.id
