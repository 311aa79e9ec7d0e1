-- What a phone's clock is corrected by.
-- in: member_id, device
SELECT d.offset_s FROM patrol.devices AS d WHERE d.member_id = :member_id AND d.device = :device
