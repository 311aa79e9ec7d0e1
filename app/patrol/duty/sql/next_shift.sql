-- The shift of the roster that a member begins next, or should have begun.
-- in: member_id, now
-- out: id, start, "end"
SELECT s.id, lower(s.period) AS start, upper(s.period) AS "end"
  FROM teams.shifts AS s
 WHERE s.member_id = :member_id AND NOT s.by_phone AND NOT s.from_track AND upper(s.period) > :now
 ORDER BY lower(s.period)
 LIMIT 1
