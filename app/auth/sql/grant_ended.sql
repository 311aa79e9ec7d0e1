-- End a grant of an account now; one that has not begun never does.
-- In:  id, account_id.
-- Out: role; no row if the account holds no such grant, now or later.
UPDATE auth.grants AS g
   SET period = tstzrange(lower(g.period), greatest(lower(g.period), now()))
 WHERE g.id = :id AND g.account_id = :account_id
   AND NOT isempty(g.period) AND coalesce(upper(g.period), 'infinity') > now()
RETURNING g.role
