-- The name of the beat that a member has now.
-- in: member_id, now
SELECT b.name FROM teams.beats AS b WHERE b.member_id = :member_id AND b.period @> CAST(:now AS timestamptz) LIMIT 1
