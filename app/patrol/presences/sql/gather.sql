-- Keep what members left in cells by working there: reports, photos, handled and checked cases. On shift only, pauses
-- left out; each once, however often it is gathered. What came late counts when it was made, as far as it says so: a
-- report by its own time, a photo by when it was taken (and only if it was taken near the case).
-- in: since (of coming in), member_ids (null: everybody), near_m
-- out: id of what is new
WITH walkers AS (
  SELECT m.id, m.account_id, 'account:' || m.account_id AS principal
    FROM teams.members AS m
   WHERE m.account_id IS NOT NULL
     AND (CAST(:member_ids AS integer[]) IS NULL OR m.id = ANY (CAST(:member_ids AS integer[])))
), work AS (
  SELECT w.id AS member_id, t.case_id,
         CASE WHEN t.move = 'report' THEN 'report'
              WHEN t.move IN ('handle', 'self_handle', 'finish_task') THEN 'handled'
              ELSE 'checked' END AS kind,
         CASE WHEN t.move = 'report' THEN CAST(NULL AS timestamptz) ELSE t.at END AS at
    FROM cases.transitions AS t
    JOIN walkers AS w ON w.principal = t.principal
   WHERE t.at >= :since
     AND t.move IN ('report', 'handle', 'self_handle', 'finish_task', 'verify', 'check_pass', 'check_fail', 'sample_fail')
   UNION ALL
  SELECT w.id, p.case_id, 'photo', coalesce(p.taken_at, p.added_at)
    FROM cases.photos AS p
    JOIN walkers AS w ON w.principal = p.principal
   WHERE p.added_at >= :since
     AND coalesce(p.distance_m, 0) <= :near_m
)
INSERT INTO patrol.presences (member_id, at, kind, reference, cell_id, edition_id)
SELECT DISTINCT k.member_id, coalesce(k.at, c.reported_at), k.kind, c.number, c.cell_id, c.edition_id
  FROM work AS k
  JOIN cases.cases AS c ON c.id = k.case_id AND c.cell_id IS NOT NULL AND c.edition_id IS NOT NULL
  JOIN teams.shifts AS s
    ON s.member_id = k.member_id AND s.period @> coalesce(k.at, c.reported_at)
   AND NOT EXISTS (SELECT FROM teams.pauses AS b WHERE b.shift_id = s.id AND b.period @> coalesce(k.at, c.reported_at))
ON CONFLICT DO NOTHING
RETURNING id
