-- Marks notices of whoever asks as seen, as far as they were shown: what came meanwhile stays.
-- In:  upto (the newest id that was shown), now.
UPDATE cases.notices AS o
   SET seen_at = :now
 WHERE o.seen_at IS NULL AND o.id <= CAST(:upto AS bigint)
   AND (o.account_id = (SELECT auth.me()) OR o.party_id = ANY ((SELECT auth.my_parties())::integer[]))
