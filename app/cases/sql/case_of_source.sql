-- The case that a source's own id led to, if whoever asks may see it.
-- In:  incident_source, source_id.
-- Out: number; is_mine: whoever asks reported it.
SELECT c.number, c.reported_by IS NOT DISTINCT FROM (SELECT auth.me()) AS is_mine
  FROM incidents.incidents AS i
  JOIN cases.cases AS c ON c.incident_id = i.id
 WHERE i.source = :incident_source AND i.source_id = :source_id
