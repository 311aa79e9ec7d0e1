-- Note a try to sign in, before it is known to fail.
-- In:  source.
-- Out: id.
INSERT INTO auth.tries (source) VALUES (:source) RETURNING id
