-- Opens a request's transaction: who shows this session or token, and the limits of one request.
-- In:  kind ('session', 'token', or '' for nobody), hash (SHA-256 of the secret).
-- Out: one row: account_id, name, shown, scopes, grants (JSON: [role, area_code, party_id]); NULLs for nobody.
SELECT b.account_id, b.name, b.shown, b.scopes, b.grants
  FROM (SELECT set_config('statement_timeout', '30s', true),
               set_config('idle_in_transaction_session_timeout', '60s', true)) AS limits
  LEFT JOIN auth.admit(:kind, :hash) AS b ON true
