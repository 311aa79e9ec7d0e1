-- Published editions and when they hold.
-- In:  nothing.
-- Out: id; starts, ends (timestamptz, NULL for always), earliest first.
SELECT e.id, lower(e.validity) AS starts, upper(e.validity) AS ends
  FROM areas.editions AS e
 WHERE e.published_at IS NOT NULL
 ORDER BY lower(e.validity) NULLS FIRST
