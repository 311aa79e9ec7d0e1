-- All stored fixes of a shift, from whatever batch and device.
-- in: shift_id, member_id, start, end (of the shift; they pick the months)
-- out: seconds since start, x, y (metres), accuracy_m
SELECT CAST(extract(epoch FROM f.at - CAST(:start AS timestamptz)) AS double precision) AS seconds,
       ST_X(f.geom) AS x, ST_Y(f.geom) AS y, CAST(f.accuracy_m AS double precision) AS accuracy_m
  FROM patrol.fixes AS f
  JOIN teams.shifts AS s ON s.id = :shift_id AND s.period @> f.at
 WHERE f.member_id = :member_id
   AND f.at BETWEEN :start AND :end
 ORDER BY f.at, f.device
