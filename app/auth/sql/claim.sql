-- Claim an Idempotency-Key; waits while another transaction holds it.
-- In:  principal, key, fingerprint (SHA-256 of the request).
-- Out: nothing; one row is inserted, none if the key was used.
INSERT INTO auth.answers (principal, key, fingerprint)
VALUES (:principal, :key, :fingerprint)
    ON CONFLICT (principal, key) DO NOTHING
