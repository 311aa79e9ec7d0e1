-- Classes of areas.
-- In:  nothing.
-- Out: area_code, of_class, source.
SELECT a.area_code, a.class AS of_class, a.source FROM categories.area_classes AS a ORDER BY a.area_code
