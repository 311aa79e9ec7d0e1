-- Forget levels of a team that no cell has.
-- in: team_id, kept (levels that stay all the same)
DELETE FROM teams.levels AS l
 WHERE l.team_id = :team_id AND l.level <> ALL (CAST(:kept AS smallint[]))
   AND NOT EXISTS (SELECT FROM teams.cell_levels AS c WHERE c.team_id = l.team_id AND c.level = l.level)
