-- Shifts that arrived fixes lie in, to be reduced anew; held until the transaction ends, so that two loads at
-- once reduce a shift one after the other, the later one with the fixes of both. One that goes on ends, for now,
-- with its last fix.
-- out: id, member_id, start, "end", from_track
SELECT s.id, s.member_id, lower(s.period) AS start,
       CASE WHEN s.open THEN (SELECT max(f.at) FROM patrol.fixes AS f
                               WHERE f.member_id = s.member_id AND f.at >= s.began AND f.at <= s.ended)
            ELSE upper(s.period) END AS "end",
       s.from_track
  FROM teams.shifts AS s
 WHERE EXISTS (SELECT FROM fix_arrivals AS a WHERE a.member_id = s.member_id AND a.why IS NULL
                  AND s.ended >= a.at AND s.began <= a.at AND s.period @> a.at)
 ORDER BY s.id
   FOR UPDATE OF s
