-- Purpose: which state of the gazetteer this is, for what is kept in memory.
-- In:  nothing
-- Out: database, version
SELECT current_database() AS database, s.version FROM gazetteer.state AS s WHERE s.only_row
