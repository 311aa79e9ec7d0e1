-- Revoke a recorder; a second time changes nothing.
-- in: id, member_id
-- out: id
UPDATE patrol.recorders AS r SET ended_at = coalesce(r.ended_at, clock_timestamp())
 WHERE r.id = :id AND r.member_id = :member_id
RETURNING r.id
