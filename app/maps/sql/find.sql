-- Purpose: areas and cells by the beginning of their code, areas also by a part of their name.
-- In:  edition (areas.editions.id), prefix and part (patterns for LIKE), most
-- Out: kind, code, name, above (the parent's name), number (of a cell), west, south, east, north (WGS-84)
WITH hits AS (
  (SELECT areas.level AS kind, areas.code, areas.name, areas.parent_code, NULL::integer AS number, areas.geom,
          CASE areas.level WHEN 'district' THEN 0 WHEN 'street' THEN 1 WHEN 'community' THEN 2 ELSE 3 END AS rank
     FROM areas.areas
    WHERE areas.edition_id = :edition AND areas.level <> 'neighbour'
      AND (areas.code LIKE :prefix OR areas.name ILIKE :part)
    ORDER BY rank, areas.code
    LIMIT :most)
  UNION ALL
  (SELECT 'cell', cells.code, cells.name, cells.parent_code, cells.number, cells.geom, 4
     FROM areas.cells
    WHERE cells.edition_id = :edition AND cells.code LIKE :prefix
    ORDER BY cells.number
    LIMIT :most)
)
SELECT kind, code, name, number,
       (SELECT above.name FROM areas.areas AS above
         WHERE above.edition_id = :edition AND above.code = hits.parent_code AND above.level <> 'neighbour'
         LIMIT 1) AS above,
       ST_XMin(box) AS west, ST_YMin(box) AS south, ST_XMax(box) AS east, ST_YMax(box) AS north
  FROM (SELECT hits.*, ST_Transform(ST_Envelope(geom), 4326) AS box FROM hits) AS hits
 ORDER BY rank, code
 LIMIT :most;
