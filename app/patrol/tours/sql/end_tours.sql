-- Tours of members that begin in a window and won't be walked: the members are away.
-- in: member_ids, start, end
-- out: nothing
UPDATE patrol.tours
   SET current = false
 WHERE member_id = ANY (:member_ids) AND current
   AND starts_at >= CAST(:start AS timestamptz) AND starts_at < CAST(:end AS timestamptz)
