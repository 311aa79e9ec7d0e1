-- Purpose: what became of an order: returned to the hotline, or what the caller said of it.
-- In:  id, version, returned (add so many), return_reason, contacted, solved, satisfied (NULL: as it was)
-- Out: version, or no row where somebody changed it meanwhile
UPDATE hotline.orders AS o
   SET returned = o.returned + :returned,
       return_reason = CASE WHEN :returned > 0 THEN :return_reason ELSE o.return_reason END,
       contacted = coalesce(CAST(:contacted AS boolean), o.contacted),
       solved = coalesce(CAST(:solved AS boolean), o.solved),
       satisfied = coalesce(CAST(:satisfied AS boolean), o.satisfied), version = o.version + 1
 WHERE o.id = :id AND o.version = :version
RETURNING o.version
