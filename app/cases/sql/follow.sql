-- A case for whoever reported it without an account; of the main case, once it was merged.
-- In:  number; hash (SHA-256 of the code).
-- Out: one row or none: id (whose comments), number, stage, reported_at, handled_at, ended_at, due_at, outcome.
SELECT coalesce(m.id, c.id) AS id, c.number, coalesce(m.stage, c.stage) AS stage, c.reported_at,
       coalesce(m.handled_at, c.handled_at) AS handled_at,
       CASE WHEN m.id IS NULL THEN c.ended_at ELSE m.ended_at END AS ended_at, coalesce(m.due_at, c.due_at) AS due_at,
       coalesce(m.outcome, c.outcome) AS outcome
  FROM cases.cases AS c
  LEFT JOIN cases.cases AS m ON m.id = c.merged_into
 WHERE c.number = :number AND c.follow_hash = :hash
