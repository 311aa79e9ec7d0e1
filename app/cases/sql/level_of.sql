-- What level an area's code is of, in any edition.
-- In:  code.
-- Out: level.
SELECT a.level FROM areas.areas AS a WHERE a.code = :code AND a.level IN ('district', 'street', 'community') LIMIT 1
