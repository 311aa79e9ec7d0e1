-- Members by code: of one team, or of all.
-- in: team (code, or null for all)
SELECT m.id, m.code, m.name, m.team_id, t.code AS team
  FROM teams.members AS m
  JOIN teams.teams AS t ON t.id = m.team_id
 WHERE CAST(:team AS text) IS NULL OR t.code = :team
 ORDER BY m.code
