-- Purpose: every place as matching wants it, with the names of its community and street as they are now.
-- In:  id (NULL for all)
-- Out: id, kind, label, heads, building, unit, community, community_name, street_name, x, y (metres)
WITH edition AS (
  SELECT e.id FROM areas.editions AS e WHERE e.validity @> now()
)
SELECT p.id, p.kind, coalesce(g.name, '') || coalesce(u.name, '') || p.name AS label, p.heads, p.building, p.unit,
       p.community, coalesce(c.name, '') AS community_name, coalesce(s.name, '') AS street_name,
       ST_X(p.geom) AS x, ST_Y(p.geom) AS y
  FROM gazetteer.places AS p
  LEFT JOIN gazetteer.places AS u ON u.id = p.parent_id
  LEFT JOIN gazetteer.places AS g ON g.id = u.parent_id
  LEFT JOIN areas.areas AS c
    ON c.edition_id = (SELECT e.id FROM edition AS e) AND c.level = 'community' AND c.code = p.community
  LEFT JOIN areas.areas AS s ON s.edition_id = c.edition_id AND s.level = 'street' AND s.code = c.parent_code
 WHERE CAST(:id AS integer) IS NULL OR p.id = :id
 ORDER BY p.id
