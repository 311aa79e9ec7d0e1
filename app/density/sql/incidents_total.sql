-- Purpose: all incidents of a period, in any cell or none, and whether any of them is synthetic.
-- In:  start, end (half-open), category ('' for all)
-- Out: incidents, outside, synthetic
SELECT count(*) AS incidents,
       count(*) FILTER (WHERE found = 'outside') AS outside,
       coalesce(bool_or(synthetic), false) AS synthetic
  FROM incidents.incidents
 WHERE reported_at >= :start
   AND reported_at < :end
   AND (:category = '' OR category = :category);
