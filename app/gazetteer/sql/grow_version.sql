-- Purpose: say that places have changed.
-- In:  nothing
-- Out: nothing
UPDATE gazetteer.state SET version = version + 1 WHERE only_row
