-- What a phone's clock is corrected by.
-- in: member_id, device
-- out: offset_s, lately (it was heard of within some hours)
SELECT d.offset_s, d.seen_at > now() - interval '6 hours' AS lately FROM patrol.devices AS d WHERE d.member_id = :member_id AND d.device = :device
