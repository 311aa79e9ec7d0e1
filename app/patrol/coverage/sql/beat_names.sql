-- Beats of members at some time in a window, with their names.
-- in: member_ids, start, end
-- out: member_id, name
SELECT b.member_id, b.name
  FROM teams.beats AS b
 WHERE b.member_id = ANY (:member_ids)
   AND b.period && tstzrange(CAST(:start AS timestamptz), CAST(:end AS timestamptz))
 ORDER BY b.member_id, lower(b.period) NULLS FIRST
