-- What a key's first request was answered.
-- In:  principal, key.
-- Out: fingerprint, status, headers, body.
SELECT fingerprint, status, headers, body FROM auth.answers WHERE principal = :principal AND key = :key
