-- Publish a draft that is still at a version.
-- in: id, version, start, end (null: without end)
-- out: version; no row if somebody changed or published it meanwhile
UPDATE teams.plans
   SET state = 'published', version = version + 1, published_at = now(),
       period = tstzrange(CAST(:start AS timestamptz), CAST(:end AS timestamptz))
 WHERE id = :id AND version = :version AND state = 'draft'
RETURNING version
