-- How many notices there are for whoever asks that are not marked as seen; counting ends at most.
-- In:  most.
-- Out: count.
SELECT count(*) AS count
  FROM (SELECT FROM cases.notices AS o
         WHERE o.seen_at IS NULL
           AND (o.account_id = (SELECT auth.me()) OR o.party_id = ANY ((SELECT auth.my_parties())::integer[]))
         LIMIT :most) AS waiting
