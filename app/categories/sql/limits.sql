-- Every limit.
-- In:  nothing.
-- Out: id, category (key, NULL for any), area_class (NULL for any), stage, amount, unit, source.
SELECT l.id, c.scheme || ':' || c.code AS category, l.area_class, l.stage, l.amount, l.unit, l.source
  FROM categories.limits AS l
  LEFT JOIN categories.categories AS c ON c.id = l.category_id
 ORDER BY c.scheme COLLATE "C" NULLS FIRST, c.code, l.stage, l.area_class NULLS FIRST
