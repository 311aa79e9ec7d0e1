-- Keep a one-time link.
-- In:  hash, account_id, minutes.
-- Out: ends_at.
INSERT INTO auth.links (link_hash, account_id, ends_at)
VALUES (:hash, :account_id, now() + make_interval(mins => :minutes))
RETURNING ends_at
