-- A team's management levels.
-- in: team_id
-- out: level, name, visits (owed in each shift), cells (how many have it)
SELECT l.level, l.name, l.visits,
       (SELECT count(*) FROM teams.cell_levels AS c WHERE c.team_id = l.team_id AND c.level = l.level) AS cells
  FROM teams.levels AS l
 WHERE l.team_id = :team_id
 ORDER BY l.level
