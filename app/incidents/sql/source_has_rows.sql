-- Whether anything from a source is stored, under a lock that makes two loads of one source take turns.
-- In:  source.
-- Out: one boolean.
SELECT EXISTS (SELECT FROM incidents.incidents AS i WHERE i.source = :source)
  FROM pg_advisory_xact_lock(hashtext('gridward incidents'), hashtext(:source))
