-- Places with names in some communities.
-- in: communities
-- out: kind, name (with the compound it stands in), x, y (metres)
SELECT p.kind, coalesce(g.name, '') || coalesce(u.name, '') || p.name AS name, ST_X(p.geom) AS x, ST_Y(p.geom) AS y
  FROM gazetteer.places AS p
  LEFT JOIN gazetteer.places AS u ON u.id = p.parent_id
  LEFT JOIN gazetteer.places AS g ON g.id = u.parent_id
 WHERE p.community = ANY (:communities)
   AND p.kind IN ('compound', 'building', 'shop', 'road', 'landmark')
 ORDER BY p.id
