-- Set, or with NULL forget, an account's password.
-- In:  id, password_hash.
-- Out: nothing.
UPDATE auth.accounts AS a SET password_hash = :password_hash, version = a.version + 1 WHERE a.id = :id
