-- The members as whom an account walks, or one member.
-- in: account_id, member_id (one of them null)
-- out: id, code, name, leader, team_id, team (code), account_id
SELECT m.id, m.code, m.name, m.leader, m.team_id, t.code AS team, m.account_id
  FROM teams.members AS m
  JOIN teams.teams AS t ON t.id = m.team_id
 WHERE m.account_id = CAST(:account_id AS integer) OR m.id = CAST(:member_id AS integer)
 ORDER BY m.code
