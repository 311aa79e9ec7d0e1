-- Purpose: which state of the rules this transaction sees; the row's writer tells apart two transactions of which one
--   was undone, as a version alone can't.
-- In:  nothing
-- Out: one row: state
SELECT r.version || '/' || CAST(r.xmin AS text) AS state FROM categories.rulebook AS r;
