-- Purpose: cells as places, with their areas, by id.
-- In:  ids  integer[]
-- Out: cell_id, community, street, district, edition_id
SELECT c.id AS cell_id, c.edition_id, a.community, a.street, a.district
  FROM areas.cells AS c
  CROSS JOIN LATERAL (
    WITH RECURSIVE up AS (
      SELECT b.code, b.level, b.parent_code FROM areas.areas AS b
       WHERE b.edition_id = c.edition_id AND b.level = c.parent_level AND b.code = c.parent_code
       UNION ALL
      SELECT b.code, b.level, b.parent_code
        FROM areas.areas AS b JOIN up AS u ON b.code = u.parent_code
       WHERE b.edition_id = c.edition_id AND b.level <> 'neighbour'
    )
    SELECT max(u.code) FILTER (WHERE u.level = 'community') AS community,
           max(u.code) FILTER (WHERE u.level = 'street') AS street,
           max(u.code) FILTER (WHERE u.level = 'district') AS district
      FROM up AS u
  ) AS a
 WHERE c.id = ANY (CAST(:ids AS integer[]));
