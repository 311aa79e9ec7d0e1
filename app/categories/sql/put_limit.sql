-- Store one limit; the same again changes nothing.
-- In:  category_id (NULL for any), area_class (NULL for any), stage, amount, unit, source.
-- Out: nothing.
INSERT INTO categories.limits AS l (category_id, area_class, stage, amount, unit, source)
VALUES (CAST(:category_id AS integer), CAST(:area_class AS smallint), :stage, :amount, :unit, :source)
    ON CONFLICT (category_id, area_class, stage) DO UPDATE
   SET amount = excluded.amount, unit = excluded.unit, source = excluded.source
 WHERE (l.amount, l.unit, l.source) IS DISTINCT FROM (excluded.amount, excluded.unit, excluded.source)
