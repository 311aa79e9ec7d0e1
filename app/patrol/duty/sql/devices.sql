-- Phones that a member was heard of from since a moment, latest first.
-- in: member_id, since
SELECT d.device, d.offset_s, d.seen_at
  FROM patrol.devices AS d
 WHERE d.member_id = :member_id AND d.seen_at >= :since
 ORDER BY d.seen_at DESC, d.device
