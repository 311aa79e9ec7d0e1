-- Accounts that the asker may see, with the grants that hold now or will, by name.
-- In:  id, name (NULL: any), after (a name; '' from the first on), most.
-- Out: id, name, shown, active, has_password, synthetic, made_at, version, grants (JSON list).
SELECT a.id, a.name, a.shown, a.active, a.has_password, a.synthetic, a.made_at, a.version,
       (SELECT coalesce(jsonb_agg(jsonb_build_object(
                 'id', g.id, 'role', g.role, 'area_code', g.area_code, 'party_id', g.party_id,
                 'since', lower(g.period), 'until', upper(g.period), 'granted_by', g.granted_by) ORDER BY g.id), '[]')
          FROM auth.grants AS g
         WHERE g.account_id = a.id AND NOT isempty(g.period) AND coalesce(upper(g.period), 'infinity') > now()) AS grants
  FROM auth.accounts AS a
 WHERE (CAST(:id AS integer) IS NULL OR a.id = :id)
   AND (CAST(:name AS text) IS NULL OR a.name = :name)
   AND a.name > :after
 ORDER BY a.name
 LIMIT :most
