-- Keep what a key's request was answered.
-- In:  principal, key, status, headers (JSON text), body (JSON text).
-- Out: nothing.
UPDATE auth.answers
   SET status = :status, headers = CAST(:headers AS jsonb), body = CAST(:body AS jsonb)
 WHERE principal = :principal AND key = :key
