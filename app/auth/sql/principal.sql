-- An account as a principal, as auth.admit would find it.
-- In:  id.
-- Out: name, shown, grants (JSON: [role, area_code, party_id]); no row if there is no such active account.
SELECT a.name, a.shown,
       (SELECT coalesce(jsonb_agg(jsonb_build_array(g.role, g.area_code, g.party_id)), '[]')
          FROM auth.grants AS g WHERE g.account_id = a.id AND g.period @> now()) AS grants
  FROM auth.accounts AS a
 WHERE a.id = :id AND a.active
