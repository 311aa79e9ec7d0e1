-- Go on in this transaction as another principal, on behalf of whoever is asking now.
-- In:  principal, asker (NULL: whoever is asking now).
-- Out: principal, asker: what was set before.
WITH before AS MATERIALIZED (
  SELECT auth.principal() AS principal, coalesce(current_setting('gridward.asker', true), '') AS set, auth.asker() AS asker
)
SELECT b.principal, b.set AS asker,
       set_config('gridward.principal', :principal, true),
       set_config('gridward.asker', coalesce(:asker, b.asker), true)
  FROM before AS b
