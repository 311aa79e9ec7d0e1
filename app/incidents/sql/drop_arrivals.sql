-- Forget the temporary table of a bulk load before in the same transaction.
-- In:  nothing.
-- Out: nothing.
DROP TABLE IF EXISTS pg_temp.arrivals
