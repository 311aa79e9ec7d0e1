-- Change an account that is still the version that was read.
-- In:  id, version, shown (NULL: as it is), active (NULL: as it is).
-- Out: version; no row if it is another by now.
UPDATE auth.accounts AS a
   SET shown = coalesce(:shown, a.shown), active = coalesce(:active, a.active), version = a.version + 1
 WHERE a.id = :id AND a.version = :version
RETURNING a.version
