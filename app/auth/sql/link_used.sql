-- Use up a one-time link.
-- In:  hash.
-- Out: account_id; no row if there is no such link, or it has ended, or its account is not active.
WITH used AS (
  DELETE FROM auth.links AS l WHERE l.link_hash = :hash RETURNING l.account_id, l.ends_at
)
SELECT u.account_id
  FROM used AS u JOIN auth.accounts AS a ON a.id = u.account_id AND a.active
 WHERE u.ends_at > now()
