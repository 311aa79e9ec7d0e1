-- Hold a member's duty until the transaction ends: what is said at once is worked out one after the other.
-- in: member_id
SELECT m.id FROM teams.members AS m WHERE m.id = :member_id FOR NO KEY UPDATE
