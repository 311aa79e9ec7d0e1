-- The grant that an account holds already, of a role in this very scope, from now on without end.
-- In:  account_id, role, area_code, party_id.
-- Out: id; no row if there is none.
SELECT g.id
  FROM auth.grants AS g
 WHERE g.account_id = :account_id AND g.role = :role AND g.period @> now() AND upper_inf(g.period)
   AND g.area_code IS NOT DISTINCT FROM CAST(:area_code AS text)
   AND g.party_id IS NOT DISTINCT FROM CAST(:party_id AS integer)
