-- Keep a token.
-- In:  account_id, name, hash, scopes, days.
-- Out: id, made_at, ends_at.
INSERT INTO auth.tokens (account_id, name, token_hash, scopes, ends_at)
VALUES (:account_id, :name, :hash, :scopes, now() + make_interval(days => :days))
RETURNING id, made_at, ends_at
