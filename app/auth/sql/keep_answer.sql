-- Keep what a claimed key's request was answered.
-- In:  key, status, headers (JSON text), body (JSON text).
-- Out: nothing.
SELECT auth.keep(:key, :status, CAST(:headers AS jsonb), CAST(:body AS jsonb))
