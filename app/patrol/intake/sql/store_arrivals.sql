-- Store the arrived fixes that are to be stored, each once.
-- in: datum, source
-- out: on_duty (how many are to be stored), stored (how many of them are new)
WITH on_duty AS (
  SELECT a.* FROM fix_arrivals AS a WHERE a.why IS NULL
), stored AS (
  INSERT INTO patrol.fixes
         (member_id, device, at, original_x, original_y, datum, accuracy_m, geom, source, mock)
  SELECT member_id, device, at, original_x, original_y, :datum, accuracy_m, geom, :source, mock = 1
    FROM on_duty
   ORDER BY row_number
  ON CONFLICT DO NOTHING
  RETURNING 1
)
SELECT (SELECT count(*) FROM on_duty) AS on_duty, (SELECT count(*) FROM stored) AS stored
