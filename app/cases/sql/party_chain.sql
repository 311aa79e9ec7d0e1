-- A party and the bodies it belongs to, from the party up.
-- In:  party_id.
-- Out: id.
WITH RECURSIVE up AS (
  SELECT p.id, p.parent_id, 0 AS height FROM parties.parties AS p WHERE p.id = :party_id
   UNION ALL
  SELECT p.id, p.parent_id, u.height + 1 FROM up AS u JOIN parties.parties AS p ON p.id = u.parent_id
   WHERE u.height < 20
)
SELECT up.id FROM up ORDER BY up.height
