-- Remove shifts, and with them the visits and gaps they were reduced to.
-- in: ids
DELETE FROM teams.shifts WHERE id = ANY (:ids)
