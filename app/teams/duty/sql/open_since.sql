-- Open shifts that began before a moment.
-- in: moment
SELECT s.id, s.member_id, lower(s.period) AS start, upper(s.period) AS "end", s.open, s.lapsed, s.by_phone,
       s.from_track, s.device, lower(s.rostered) AS rostered_start, upper(s.rostered) AS rostered_end
  FROM teams.shifts AS s
 WHERE s.open AND s.began < :moment
 ORDER BY s.id
