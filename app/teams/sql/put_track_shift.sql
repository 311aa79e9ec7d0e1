-- Store a shift taken from a track, both ends included.
-- in: member_id, start, end
INSERT INTO teams.shifts (member_id, period, from_track)
VALUES (:member_id, tstzrange(:start, :end, '[]'), true)
