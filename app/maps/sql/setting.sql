-- Purpose: what the page must know of an edition before it draws: levels, number of cells, where it lies.
-- In:  edition (areas.editions.id)
-- Out: cells, lattice (laid rather than drawn), levels, west, south, east, north (WGS-84)
SELECT (SELECT count(*) FROM areas.cells WHERE edition_id = :edition) AS cells,
       (SELECT coalesce(bool_and(square_size IS NOT NULL), false)
          FROM areas.cells WHERE edition_id = :edition) AS lattice,
       array_agg(DISTINCT level) AS levels,
       bool_or(synthetic) FILTER (WHERE own) AS synthetic,
       ST_XMin(ST_Extent(box) FILTER (WHERE own)) AS west, ST_YMin(ST_Extent(box) FILTER (WHERE own)) AS south,
       ST_XMax(ST_Extent(box) FILTER (WHERE own)) AS east, ST_YMax(ST_Extent(box) FILTER (WHERE own)) AS north
  FROM (SELECT level, level <> 'neighbour' AS own, synthetic, ST_Transform(geom, 4326) AS box
          FROM areas.areas
         WHERE edition_id = :edition) AS shown;
