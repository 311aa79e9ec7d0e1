-- Remove an absence.
-- in: id
DELETE FROM teams.absences WHERE id = :id
