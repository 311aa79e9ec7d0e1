-- Say which level cells have for a team.
-- in: team_id, cells (areas.cells.id), levels (arrays of one length)
INSERT INTO teams.cell_levels (team_id, cell_id, level)
SELECT CAST(:team_id AS integer), cell, level
  FROM unnest(CAST(:cells AS integer[]), CAST(:levels AS smallint[])) AS given (cell, level)
ON CONFLICT (team_id, cell_id) DO UPDATE SET level = excluded.level
