-- Take the turn of the job that escalates, until the transaction ends.
-- In:  nothing.
-- Out: one row: alone (boolean; false while another one is at it).
SELECT pg_try_advisory_xact_lock(hashtext('gridward escalate')) AS alone
