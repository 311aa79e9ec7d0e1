-- Remove a beat, its cells with it.
-- in: id
DELETE FROM teams.beats WHERE id = :id
