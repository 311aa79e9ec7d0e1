-- Keep a load's counts.
-- In:  load_id, counts (JSON text).
-- Out: nothing.
UPDATE incidents.loads SET counts = CAST(:counts AS jsonb) WHERE id = :load_id
