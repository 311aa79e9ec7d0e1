-- What members left in one cell by working there in a window, and whether whoever asks may see the case.
-- in: member_ids, cell_id, start, end, away_m
-- out: member_id, at, kind, reference (null where the case isn't theirs to see)
SELECT p.member_id, p.at, p.kind,
       CASE WHEN p.kind = 'door' OR k.number IS NOT NULL THEN p.reference END AS reference
  FROM patrol.presences AS p
  JOIN areas.cells AS c ON c.id = p.cell_id
  LEFT JOIN cases.cases AS k ON k.number = p.reference AND p.kind <> 'door'
 WHERE p.cell_id = :cell_id AND p.member_id = ANY (:member_ids)
   AND p.at >= CAST(:start AS timestamptz) AND p.at < CAST(:end AS timestamptz)
   AND {credible}
 ORDER BY p.at, p.id
