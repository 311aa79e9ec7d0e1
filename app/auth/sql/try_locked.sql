-- Tries of one source go one by one: wait for its others; until the end of the transaction.
-- In:  source.
-- Out: nothing.
SELECT pg_advisory_xact_lock(hashtextextended('gridward tries ' || :source, 0))
