-- Forget the levels of a team's cells in one edition.
-- in: team_id, edition_id
DELETE FROM teams.cell_levels AS l
 USING areas.cells AS c
 WHERE l.team_id = :team_id AND c.id = l.cell_id AND c.edition_id = :edition_id
