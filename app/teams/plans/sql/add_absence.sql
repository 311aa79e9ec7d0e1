-- Store when a member is away.
-- in: member (code), period (a range as text)
INSERT INTO teams.absences (member_id, period)
SELECT m.id, CAST(:period AS tstzrange) FROM teams.members AS m WHERE m.code = :member
