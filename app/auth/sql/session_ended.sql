-- End a session.
-- In:  hash.
-- Out: account_id; no row if there is none.
DELETE FROM auth.sessions AS s WHERE s.token_hash = :hash RETURNING s.account_id
