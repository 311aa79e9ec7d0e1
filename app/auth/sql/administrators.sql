-- How many active accounts are administrators now and without end.
-- In:  nothing.
-- Out: count.
SELECT count(DISTINCT a.id)
  FROM auth.accounts AS a
  JOIN auth.grants AS g ON g.account_id = a.id AND g.role = 'administrator' AND g.period @> now() AND upper_inf(g.period)
 WHERE a.active
