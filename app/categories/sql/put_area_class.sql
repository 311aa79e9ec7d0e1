-- Store the class of an area.
-- In:  area_code, class, source.
-- Out: nothing.
INSERT INTO categories.area_classes AS a (area_code, class, source)
VALUES (:area_code, :class, :source)
    ON CONFLICT (area_code) DO UPDATE
   SET class = excluded.class, source = excluded.source
 WHERE (a.class, a.source) IS DISTINCT FROM (excluded.class, excluded.source)
