-- Purpose: the patrol teams to choose from.
-- In:  nothing
-- Out: code, name, synthetic, members, last (when the team last was in a cell; NULL without a visit)
SELECT teams.code, teams.name, teams.synthetic,
       (SELECT count(*) FROM teams.members WHERE members.team_id = teams.id) AS members,
       (SELECT max(upper(visits.period))
          FROM patrol.visits JOIN teams.members ON members.id = visits.member_id
         WHERE members.team_id = teams.id) AS last
  FROM teams.teams
 ORDER BY teams.code;
