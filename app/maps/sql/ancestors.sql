-- Purpose: an area and the areas above it, by parent codes, nearest first.
-- In:  edition (areas.editions.id), level and code of the lowest
-- Out: level, code, name, synthetic
WITH RECURSIVE chain AS (
  SELECT level, code, name, synthetic, parent_code, 1 AS step
    FROM areas.areas
   WHERE edition_id = :edition AND level = :level AND code = :code
  UNION ALL
  SELECT above.level, above.code, above.name, above.synthetic, above.parent_code, chain.step + 1
    FROM chain
    JOIN areas.areas AS above
      ON above.edition_id = :edition AND above.code = chain.parent_code AND above.level <> 'neighbour'
   WHERE chain.step < 8
)
SELECT level, code, name, synthetic FROM chain ORDER BY step;
