-- A try did not fail.
-- In:  id.
-- Out: nothing.
DELETE FROM auth.tries AS t WHERE t.id = :id
