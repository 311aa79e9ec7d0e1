-- Remove a member's beats that a new one overlaps: a beat is a plan, the newer plan holds.
-- in: member, start, end (null: without end)
DELETE FROM teams.beats AS b
 USING teams.members AS m
 WHERE m.id = b.member_id
   AND m.code = :member
   AND b.period && tstzrange(CAST(:start AS timestamptz), CAST(:end AS timestamptz))
