-- Purpose: the cells of patches, in every published edition: of a set those with its cells' codes (a cell that didn't
--   change keeps its code), of a polygon those that it touches.
-- In:  id  one patch, or NULL for all
-- Out: patch_id, cells, whole (those that lie wholly in it): ids of areas.cells
SELECT patch_id, array_agg(cell_id) AS cells, coalesce(array_agg(cell_id) FILTER (WHERE whole), '{}') AS whole
  FROM (
    SELECT m.patch_id, c.id AS cell_id, true AS whole
      FROM parties.patch_cells AS m
      JOIN areas.cells AS o ON o.id = m.cell_id
      JOIN areas.cells AS c ON c.code = o.code AND NOT isempty(c.validity)
     WHERE CAST(:id AS integer) IS NULL OR m.patch_id = :id
     UNION
    SELECT p.id, c.id, ST_Covers(p.geom, c.geom)
      FROM parties.patches AS p
      JOIN areas.cells AS c ON ST_Intersects(c.geom, p.geom) AND NOT isempty(c.validity)
     WHERE CAST(:id AS integer) IS NULL OR p.id = :id
  ) AS found
 GROUP BY patch_id;
