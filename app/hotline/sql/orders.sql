-- Purpose: orders, newest first, with how their cases stand, as far as the asker sees them.
-- In:  id, state, home, import_id, since, until (on received_at), after_id (smaller ids): NULL for any; most
-- Out: the orders' columns; stage, party_zh, handled_at, ended_at, outcome of the case; x, y (metres)
--      The two halves are for their indexes: one of a home, one of all.
WITH found AS (
(SELECT o.* FROM hotline.orders AS o
 WHERE o.home = CAST(:home AS text)
   AND (CAST(:id AS bigint) IS NULL OR o.id = :id)
   AND (CAST(:state AS text) IS NULL OR o.state = :state)
   AND (CAST(:import_id AS integer) IS NULL OR o.import_id = :import_id)
   AND (CAST(:since AS timestamptz) IS NULL OR o.received_at >= :since)
   AND (CAST(:until AS timestamptz) IS NULL OR o.received_at < :until)
   AND (CAST(:after_id AS bigint) IS NULL OR o.id < :after_id)
 ORDER BY o.id DESC
 LIMIT :most)
 UNION ALL
(SELECT o.* FROM hotline.orders AS o
 WHERE CAST(:home AS text) IS NULL
   AND (CAST(:id AS bigint) IS NULL OR o.id = :id)
   AND (CAST(:state AS text) IS NULL OR o.state = :state)
   AND (CAST(:import_id AS integer) IS NULL OR o.import_id = :import_id)
   AND (CAST(:since AS timestamptz) IS NULL OR o.received_at >= :since)
   AND (CAST(:until AS timestamptz) IS NULL OR o.received_at < :until)
   AND (CAST(:after_id AS bigint) IS NULL OR o.id < :after_id)
 ORDER BY o.id DESC
 LIMIT :most)
)
SELECT o.id, o.source, o.number, o.import_id, o.row_number, o.received_at, o.due_at, o.first_receiver, o.category_text,
       o.category, o.confidential, o.content, o.address, o.home, o.street, o.community, o.state, o.place_id,
       o.accuracy_m, o.why_zh, o.why_en, o.candidates, o.case_number, o.returned, o.return_reason, o.contacted,
       o.solved, o.satisfied, o.synthetic, o.version, ST_X(o.geom) AS x, ST_Y(o.geom) AS y,
       c.stage, n.zh AS party_zh, c.handled_at, c.ended_at, coalesce(c.outcome, '') AS outcome
  FROM found AS o
  LEFT JOIN cases.cases AS c ON c.id = o.case_id
  LEFT JOIN parties.names AS n ON n.party_id = c.party_id AND n.period @> now()
 ORDER BY o.id DESC
