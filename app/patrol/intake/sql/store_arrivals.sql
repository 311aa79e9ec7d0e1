-- Store the arrived fixes that lie in a shift of their member, each once; nothing is recorded off shift.
-- in: datum
-- out: on_duty (how many lie in a shift), stored (how many of them are new)
WITH on_duty AS (
  SELECT a.*
    FROM fix_arrivals AS a
   WHERE EXISTS (SELECT FROM teams.shifts AS s WHERE s.member_id = a.member_id
                    AND s.ended >= a.at AND s.began <= a.at AND s.period @> a.at)
), stored AS (
  INSERT INTO patrol.fixes (member_id, device, at, original_x, original_y, datum, accuracy_m, geom)
  SELECT member_id, device, at, original_x, original_y, :datum, accuracy_m, geom
    FROM on_duty
   ORDER BY row_number
  ON CONFLICT DO NOTHING
  RETURNING 1
)
SELECT (SELECT count(*) FROM on_duty) AS on_duty, (SELECT count(*) FROM stored) AS stored
