-- Withdraw a publication that is still at a version.
-- in: id, version
-- out: version; no row if somebody changed it meanwhile, or nothing of it holds
UPDATE teams.plans
   SET state = 'withdrawn', version = version + 1
 WHERE id = :id AND version = :version AND state = 'published'
RETURNING version
