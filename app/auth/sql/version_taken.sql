-- Take an account's next version, if it is still the one that was read.
-- In:  id, version.
-- Out: version; no row if it is another by now.
UPDATE auth.accounts AS a SET version = a.version + 1 WHERE a.id = :id AND a.version = :version RETURNING a.version
