-- Note that a phone was heard of, and what its clock is corrected by.
-- in: member_id, device, offset_s
INSERT INTO patrol.devices AS d (member_id, device, offset_s)
VALUES (:member_id, :device, :offset_s)
ON CONFLICT (member_id, device) DO UPDATE
   SET since = CASE WHEN d.offset_s = excluded.offset_s THEN d.since ELSE clock_timestamp() END,
       offset_s = excluded.offset_s, seen_at = clock_timestamp()
