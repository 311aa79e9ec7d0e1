-- Presences that lie on another edition than the one that holds at their time, and have a point: the case's or the door's.
-- Those of shifts whose visits stay on their edition, for their raw fixes were deleted, stay with them.
-- in: member_ids (null: everybody), team (code; null: all), start, end (null: without)
-- out: id, edition_id (that holds), door (or a case), x, y (metres)
SELECT p.id, e.id AS edition_id, p.kind = 'door' AS door, ST_X(place.geom) AS x, ST_Y(place.geom) AS y
  FROM patrol.presences AS p
  JOIN areas.editions AS e ON e.validity @> p.at AND e.id <> p.edition_id
  LEFT JOIN patrol.doors AS d ON d.code = p.reference AND p.kind = 'door'
  LEFT JOIN cases.cases AS k ON k.number = p.reference AND p.kind <> 'door'
 CROSS JOIN LATERAL (SELECT coalesce(d.geom, k.geom) AS geom) AS place
 WHERE place.geom IS NOT NULL
   AND (CAST(:member_ids AS integer[]) IS NULL OR p.member_id = ANY (CAST(:member_ids AS integer[])))
   AND (CAST(:team AS text) IS NULL
        OR p.member_id IN (SELECT m.id FROM teams.members AS m JOIN teams.teams AS t ON t.id = m.team_id WHERE t.code = :team))
   AND p.at >= coalesce(CAST(:start AS timestamptz), '-infinity') AND p.at <= coalesce(CAST(:end AS timestamptz), 'infinity')
   AND NOT EXISTS (SELECT
                     FROM teams.shifts AS s
                     JOIN patrol.reductions AS r ON r.shift_id = s.id AND r.edition_id = p.edition_id
                      AND r.fixes_deleted_at IS NOT NULL
                    WHERE s.member_id = p.member_id AND s.period @> p.at)
 ORDER BY p.id
