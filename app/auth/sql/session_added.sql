-- Begin a session: 12 hours at most.
-- In:  hash (SHA-256 of its secret), account_id.
-- Out: nothing.
INSERT INTO auth.sessions (token_hash, account_id, ends_at)
VALUES (:hash, :account_id, now() + interval '12 hours')
