-- Put presences into cells of another edition. Two at once do it once: what is gone already isn't put anywhere.
-- in: ids, cell_ids, edition_ids (arrays of one length)
-- out: id of each as it is now
WITH gone AS (
  DELETE FROM patrol.presences AS p
   USING unnest(CAST(:ids AS bigint[]), CAST(:cell_ids AS integer[]), CAST(:edition_ids AS integer[]))
         AS given (id, cell_id, edition_id)
   WHERE p.id = given.id
  RETURNING p.member_id, p.at, p.kind, p.reference, given.cell_id, given.edition_id
)
INSERT INTO patrol.presences (member_id, at, kind, reference, cell_id, edition_id)
SELECT member_id, at, kind, reference, cell_id, edition_id FROM gone
RETURNING id
