-- The last sign of life of a shift that goes on: a fix, something said, work left in a cell; at least its begin.
-- in: shift_id
-- out: at
SELECT greatest(lower(s.period),
                (SELECT max(f.at) FROM patrol.fixes AS f
                  WHERE f.member_id = s.member_id AND f.at >= lower(s.period) AND s.period @> f.at),
                (SELECT max(a.at) FROM teams.actions AS a
                  WHERE a.member_id = s.member_id AND a.at >= lower(s.period) AND s.period @> a.at AND a.action <> 'lapse'),
                (SELECT max(p.at) FROM patrol.presences AS p
                  WHERE p.member_id = s.member_id AND p.at >= lower(s.period) AND s.period @> p.at)) AS at
  FROM teams.shifts AS s
 WHERE s.id = :shift_id
