-- Wait until nobody else changes who is an administrator.
-- In:  nothing.
-- Out: nothing.
SELECT pg_advisory_xact_lock(hashtext('gridward administrators'))
