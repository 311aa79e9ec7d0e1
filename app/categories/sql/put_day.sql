-- Store one day of the calendar.
-- In:  day, works, name_zh, source.
-- Out: nothing.
INSERT INTO categories.days AS d (day, works, name_zh, source)
VALUES (:day, :works, :name_zh, :source)
    ON CONFLICT (day) DO UPDATE
   SET works = excluded.works, name_zh = excluded.name_zh, source = excluded.source
 WHERE (d.works, d.name_zh, d.source) IS DISTINCT FROM (excluded.works, excluded.name_zh, excluded.source)
