-- The beats of a team's members at a time, by member.
-- in: team (code), at
-- out: member, plan_id, name, cells (codes: a cell that didn't change keeps its code in the next edition)
SELECT m.code AS member, b.plan_id, b.name, array_agg(x.code ORDER BY x.code) AS cells
  FROM teams.beats AS b
  JOIN teams.members AS m ON m.id = b.member_id
  JOIN teams.teams AS t ON t.id = m.team_id
  JOIN teams.beat_cells AS c ON c.beat_id = b.id
  JOIN areas.cells AS x ON x.id = c.cell_id
 WHERE t.code = :team AND b.period @> CAST(:at AS timestamptz)
 GROUP BY m.code, b.id
 ORDER BY m.code
