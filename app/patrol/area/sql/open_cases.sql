-- Open cases in some cells, as far as whoever asks may see them, oldest first.
-- in: cell_ids
-- out: number
SELECT c.number
  FROM cases.cases AS c
 WHERE c.cell_id = ANY (:cell_ids) AND c.ended_at IS NULL
 ORDER BY c.reported_at, c.id
