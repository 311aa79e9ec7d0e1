-- A member's recorders, newest first.
-- in: member_id
-- out: id, name, made_at, seen_at, ended_at
SELECT r.id, r.name, r.made_at, r.seen_at, r.ended_at
  FROM patrol.recorders AS r
 WHERE r.member_id = :member_id
 ORDER BY r.id DESC
