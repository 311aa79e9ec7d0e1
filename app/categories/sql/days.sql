-- Days that differ from the calendar's library, or that it doesn't know.
-- In:  nothing.
-- Out: day, works, name_zh, source.
SELECT d.day, d.works, d.name_zh, d.source FROM categories.days AS d ORDER BY d.day
