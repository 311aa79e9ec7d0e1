-- When are fixes of whom to be stored? By member with arrived fixes, within the time of these: on shift, and what is taken
-- out of it: pauses, stretches that the member had deleted, times without consent (from a withdrawal to the next consent),
-- shifts whose raw fixes were deleted in time.
CREATE TEMPORARY TABLE fix_windows ON COMMIT DROP AS
WITH asked AS (
  SELECT a.member_id, min(a.at) AS first_at, max(a.at) AS last_at FROM fix_arrivals AS a GROUP BY a.member_id
), shifts AS (
  SELECT s.member_id, range_agg(s.period) AS periods,
         range_agg(s.period) FILTER (WHERE r.fixes_deleted_at IS NOT NULL) AS settled,
         range_agg(p.periods) AS paused
    FROM asked AS a
    JOIN teams.shifts AS s ON s.member_id = a.member_id AND s.ended >= a.first_at AND s.began <= a.last_at
    LEFT JOIN patrol.reductions AS r ON r.shift_id = s.id
    LEFT JOIN LATERAL (SELECT range_agg(b.period) AS periods FROM teams.pauses AS b WHERE b.shift_id = s.id) AS p ON true
   GROUP BY s.member_id
), consents AS (
  SELECT c.account_id, c.given, c.at, lead(c.at) OVER (PARTITION BY c.account_id ORDER BY c.id) AS until
    FROM patrol.consents AS c
   WHERE c.account_id IN (SELECT m.account_id FROM teams.members AS m JOIN asked AS a ON a.member_id = m.id)
)
SELECT a.member_id, coalesce(s.periods, '{}') AS on_shift, coalesce(s.paused, '{}') AS paused,
       coalesce(s.settled, '{}') AS settled, coalesce(o.periods, '{}') AS objected, coalesce(w.periods, '{}') AS withdrawn
  FROM asked AS a
  LEFT JOIN shifts AS s ON s.member_id = a.member_id
  LEFT JOIN LATERAL (SELECT range_agg(x.period) AS periods
                       FROM patrol.objections AS x WHERE x.member_id = a.member_id) AS o ON true
  LEFT JOIN LATERAL (SELECT range_agg(tstzrange(c.at, c.until)) AS periods
                       FROM consents AS c
                       JOIN teams.members AS m ON m.account_id = c.account_id
                      WHERE m.id = a.member_id AND NOT c.given AND (c.at < c.until) IS NOT FALSE) AS w ON true
