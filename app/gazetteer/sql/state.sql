-- Purpose: which state of the gazetteer this transaction sees, for what is kept in memory; the row's writer tells apart two
--   transactions of which one was undone, as a version alone can't.
-- In:  nothing
-- Out: one row: state
SELECT s.version || '/' || CAST(s.xmin AS text) AS state FROM gazetteer.state AS s WHERE s.only_row
