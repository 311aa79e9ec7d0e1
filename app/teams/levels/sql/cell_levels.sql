-- The management level of each of a team's cells that has one, in one edition.
-- in: team_id, edition_id
-- out: cell (areas.cells.number), level, visits
SELECT a.number AS cell, c.level, l.visits
  FROM teams.cell_levels AS c
  JOIN teams.levels AS l ON l.team_id = c.team_id AND l.level = c.level
  JOIN areas.cells AS a ON a.id = c.cell_id AND a.edition_id = :edition_id
 WHERE c.team_id = :team_id
 ORDER BY a.number
