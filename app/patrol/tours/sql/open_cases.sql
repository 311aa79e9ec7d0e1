-- Open cases in some cells that somebody must go and see: to be verified, to be checked, urgent, or due by a time.
-- Confidential ones, and those that are suspended or merged, are nobody's tour.
-- in: cell_ids, due_by
-- out: number, cell_id, stage, urgent, due_at, handled_by (account), x, y (metres); those due first
SELECT c.number, c.cell_id, c.stage, c.urgent, coalesce(c.stage_due_at, c.due_at) AS due_at, c.handled_by,
       ST_X(c.geom) AS x, ST_Y(c.geom) AS y
  FROM cases.cases AS c
 WHERE c.cell_id = ANY (:cell_ids)
   AND c.ended_at IS NULL AND c.suspended_at IS NULL AND c.merged_into IS NULL
   AND NOT c.confidential AND c.geom IS NOT NULL
   AND (c.stage = 'handled'
        OR (c.stage = 'accepted' AND c.source IN ('resident', 'hotline', 'media', 'open311'))
        OR c.urgent
        OR coalesce(c.stage_due_at, c.due_at) <= CAST(:due_by AS timestamptz))
 ORDER BY due_at NULLS LAST, c.number
