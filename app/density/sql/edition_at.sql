-- Purpose: the published edition that holds at a moment.
-- In:  moment
-- Out: id, name, synthetic, source, licence, made_at, published_at
SELECT id, name, synthetic, source, licence, made_at, published_at
  FROM areas.editions
 WHERE validity @> CAST(:moment AS timestamptz);
