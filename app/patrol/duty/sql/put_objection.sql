-- Keep that a member had a stretch of their own track deleted.
-- in: member_id, start, end
INSERT INTO patrol.objections (member_id, period) VALUES (:member_id, tstzrange(:start, :end))
