-- Forget the levels of some cells of a team.
-- in: team_id, cells (areas.cells.id)
DELETE FROM teams.cell_levels
 WHERE team_id = :team_id AND cell_id = ANY (CAST(:cells AS integer[]))
