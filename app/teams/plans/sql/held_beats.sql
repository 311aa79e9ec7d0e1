-- The beats of a team's members at a time, by member.
-- in: team (code), at
-- out: member, plan_id, name, cells (areas.cells.id)
SELECT m.code AS member, b.plan_id, b.name, array_agg(c.cell_id ORDER BY c.cell_id) AS cells
  FROM teams.beats AS b
  JOIN teams.members AS m ON m.id = b.member_id
  JOIN teams.teams AS t ON t.id = m.team_id
  JOIN teams.beat_cells AS c ON c.beat_id = b.id
 WHERE t.code = :team AND b.period @> CAST(:at AS timestamptz)
 GROUP BY m.code, b.id
 ORDER BY m.code
