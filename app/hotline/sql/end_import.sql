-- Purpose: note what an import came to.
-- In:  id, counts (json)
-- Out: nothing
UPDATE hotline.imports SET counts = CAST(:counts AS jsonb) WHERE id = :id
