-- Today's areas of one level, for choosing.
-- In: :level. Out: code, name, parent_code, synthetic; by code.
SELECT a.code, a.name, a.parent_code, a.synthetic
  FROM areas.areas AS a
 WHERE a.level = :level AND a.validity @> now()
 ORDER BY a.code
