-- Names of areas by code, as of today or as they were last.
-- In: :codes. Out: code, name.
SELECT DISTINCT ON (a.code) a.code, a.name
  FROM areas.areas AS a
 WHERE a.code = ANY (CAST(:codes AS text[])) AND a.level <> 'neighbour'
 ORDER BY a.code, a.validity DESC
