-- Forget the walking network, its ways with it.
-- in: nothing
-- out: nothing
DELETE FROM streets.loads
