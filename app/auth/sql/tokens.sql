-- Tokens of an account, newest first, without their secrets.
-- In:  account_id, id (NULL: any).
-- Out: id, account_id, name, scopes, made_at, ends_at, revoked_at.
SELECT t.id, t.account_id, t.name, t.scopes, t.made_at, t.ends_at, t.revoked_at
  FROM auth.tokens AS t
 WHERE t.account_id = :account_id AND (CAST(:id AS integer) IS NULL OR t.id = :id)
 ORDER BY t.id DESC
