-- What a copy in memory goes by.
-- In:  nothing.
-- Out: one row: database (unique on its server), version of the rulebook.
SELECT current_database() || ':' || d.oid AS database, r.version
  FROM categories.rulebook AS r, pg_database AS d
 WHERE d.datname = current_database()
