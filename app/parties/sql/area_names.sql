-- Purpose: how areas are called, by their latest published edition.
-- In:  nothing
-- Out: code, name
SELECT DISTINCT ON (a.code) a.code, a.name
  FROM areas.areas AS a JOIN areas.editions AS e ON e.id = a.edition_id
 WHERE a.level <> 'neighbour' AND a.name <> ''
 ORDER BY a.code, e.published_at DESC NULLS LAST;
