-- Purpose: when incidents were reported, first and last.
-- In:  nothing
-- Out: first, last (both NULL without any incident)
SELECT min(reported_at) AS first, max(reported_at) AS last
  FROM incidents.incidents;
