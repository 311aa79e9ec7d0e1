-- Claim an Idempotency-Key for whoever is asking; waits while another transaction holds it.
-- In:  key, fingerprint (SHA-256 of the request).
-- Out: one row: claimed (it is new), same (the request is the one that it came with), status, headers, body of its answer.
SELECT c.claimed, c.same, c.status, c.headers, c.body FROM auth.claim(:key, :fingerprint) AS c
