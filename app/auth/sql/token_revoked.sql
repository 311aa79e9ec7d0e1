-- Revoke a token of an account, or with NULL all of them.
-- In:  account_id, id.
-- Out: nothing.
UPDATE auth.tokens AS t SET revoked_at = now()
 WHERE t.account_id = :account_id AND (CAST(:id AS integer) IS NULL OR t.id = :id) AND t.revoked_at IS NULL
