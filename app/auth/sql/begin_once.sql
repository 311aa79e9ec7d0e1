-- Opens a request's transaction as begin.sql does, and claims its Idempotency-Key; waits while another one holds the key.
-- What follows is short and the same each time: planning it anew would take as long as doing it.
-- In:  as begin.sql; key, fingerprint (SHA-256 of the request).
-- Out: one row: as begin.sql; claimed (the key is new), same (the request is the one that it came with), status, headers,
--      body of its answer.
SELECT b.account_id, b.name, b.shown, b.scopes, b.grants, b.claimed, b.same, b.status, b.headers, b.body
  FROM (SELECT set_config('statement_timeout', '30s', true),
               set_config('idle_in_transaction_session_timeout', '60s', true),
               set_config('plan_cache_mode', 'force_generic_plan', true)) AS limits,
       auth.admit_once(:kind, :hash, :key, :fingerprint) AS b
