-- Purpose: the accounts that are members of a party now.
-- In:  party_id
-- Out: account_id, shown, since
SELECT g.account_id, s.shown, lower(g.period) AS since
  FROM auth.grants AS g
  JOIN LATERAL auth.shown_as(ARRAY[g.account_id]) AS s ON true
 WHERE g.party_id = :party_id AND g.role = 'party_member' AND g.period @> now()
 ORDER BY g.account_id;
