-- Remove one limit: the next more general one holds.
-- In:  id.
-- Out: nothing.
DELETE FROM categories.limits WHERE id = :id
