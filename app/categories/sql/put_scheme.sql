-- Store one scheme; the same again changes nothing.
-- In:  code, name_zh, name_en, source.
-- Out: nothing.
INSERT INTO categories.schemes AS s (code, name_zh, name_en, source)
VALUES (:code, :name_zh, :name_en, :source)
    ON CONFLICT (code) DO UPDATE
   SET name_zh = excluded.name_zh, name_en = excluded.name_en, source = excluded.source
 WHERE (s.name_zh, s.name_en, s.source) IS DISTINCT FROM (excluded.name_zh, excluded.name_en, excluded.source)
