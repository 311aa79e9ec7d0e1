-- What signing in compares with; as the system only.
-- In:  name.
-- Out: id, password_hash; no row for nobody's name, and for an account that is not active.
SELECT c.id, c.password_hash FROM auth.credentials(:name) AS c
