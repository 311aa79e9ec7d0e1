-- Say of arrived fixes that are not to be stored why; see `windows.sql`.
WITH windows AS MATERIALIZED (
  SELECT f.*, f.on_shift - f.paused - f.objected - f.withdrawn - f.settled AS taken FROM fix_windows AS f
)
UPDATE fix_arrivals AS a
   SET why = CASE
         WHEN NOT w.on_shift @> a.at THEN 'off-shift'
         WHEN w.paused @> a.at THEN 'paused'
         WHEN w.objected @> a.at THEN 'objected'
         WHEN w.withdrawn @> a.at THEN 'withdrawn'
         ELSE 'settled'
       END
  FROM windows AS w
 WHERE w.member_id = a.member_id AND NOT w.taken @> a.at
