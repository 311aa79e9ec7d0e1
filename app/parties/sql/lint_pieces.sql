-- Purpose: points that stand for the pieces into which drawn ground cuts cells: of each polygon in each cell, of the
--   overlap of each two, and of what is left of the cell.
-- In:  at  the edition that holds then decides
-- Out: cell_id, x, y (metres)
WITH drawn AS (
  SELECT p.id, p.geom FROM parties.patches AS p
   WHERE p.geom IS NOT NULL AND EXISTS (SELECT FROM parties.responsibilities AS r WHERE r.patch_id = p.id)
), cut AS (
  SELECT c.id AS cell_id, c.geom AS cell, d.id AS patch_id, ST_Intersection(c.geom, d.geom) AS piece
    FROM drawn AS d
    JOIN areas.cells AS c ON ST_Intersects(c.geom, d.geom)
    JOIN areas.editions AS e ON e.id = c.edition_id AND e.validity @> CAST(:at AS timestamptz)
), pieces AS (
  SELECT cell_id, piece FROM cut
   UNION ALL
  SELECT a.cell_id, ST_Intersection(a.piece, b.piece)
    FROM cut AS a JOIN cut AS b ON a.cell_id = b.cell_id AND a.patch_id < b.patch_id AND ST_Intersects(a.piece, b.piece)
   UNION ALL
  SELECT cell_id, ST_Difference((array_agg(cell))[1], ST_Union(piece)) FROM cut GROUP BY cell_id
), areal AS (
  SELECT cell_id, ST_PointOnSurface(ST_CollectionExtract(piece, 3)) AS point
    FROM pieces
   WHERE ST_Area(piece) > 0.01
)
SELECT cell_id, ST_X(point) AS x, ST_Y(point) AS y FROM areal WHERE NOT ST_IsEmpty(point);
