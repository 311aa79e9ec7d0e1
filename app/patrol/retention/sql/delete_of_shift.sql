-- Delete the raw fixes of a shift.
-- in: shift_id, member_id, start, end (of the shift; they pick the months)
DELETE FROM patrol.fixes AS f
 USING teams.shifts AS s
 WHERE s.id = :shift_id AND f.member_id = :member_id AND f.at BETWEEN :start AND :end AND s.period @> f.at
