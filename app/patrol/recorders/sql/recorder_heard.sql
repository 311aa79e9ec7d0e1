-- Whose recorder shows this secret? It is noted at most once a minute.
-- in: hash (SHA-256)
-- out: id, member_id; no row for a secret that is nobody's or was revoked
WITH found AS (
  SELECT r.id, r.member_id, r.seen_at FROM patrol.recorders AS r WHERE r.secret_hash = :hash AND r.ended_at IS NULL
), noted AS (
  UPDATE patrol.recorders AS r SET seen_at = clock_timestamp()
    FROM found AS f
   WHERE r.id = f.id AND (f.seen_at IS NULL OR f.seen_at < clock_timestamp() - interval '1 min')
)
SELECT f.id, f.member_id FROM found AS f
