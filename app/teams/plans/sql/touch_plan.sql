-- Raise the version of a draft that is still at one, and store its figures.
-- in: id, version, figures (JSON)
-- out: version; no row if somebody changed or published it meanwhile
UPDATE teams.plans
   SET version = version + 1, figures = CAST(:figures AS jsonb)
 WHERE id = :id AND version = :version AND state = 'draft'
RETURNING version
