-- Which account is asking.
-- In:  nothing.
-- Out: its id; NULL for the system and the public.
SELECT auth.me()
