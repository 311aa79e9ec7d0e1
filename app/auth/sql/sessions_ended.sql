-- End every session of an account, and its one-time links.
-- In:  account_id.
-- Out: nothing.
WITH links AS (
  DELETE FROM auth.links AS l WHERE l.account_id = :account_id
)
DELETE FROM auth.sessions AS s WHERE s.account_id = :account_id
