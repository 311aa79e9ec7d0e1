-- Remove shifts that don't follow from what was said any more; their visits and gaps go with them.
-- in: ids
DELETE FROM teams.shifts WHERE id = ANY (:ids)
