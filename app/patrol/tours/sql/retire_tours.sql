-- Tours of a member that a new one takes the place of.
-- in: member_id, start, end
-- out: nothing
UPDATE patrol.tours
   SET current = false
 WHERE member_id = :member_id AND current AND starts_at < CAST(:end AS timestamptz) AND ends_at > CAST(:start AS timestamptz)
