-- Purpose: when incidents were reported, first and last; a mistaken time in the future isn't the last
--          unless there is nothing else.
-- In:  nothing
-- Out: first, last (both NULL without any incident)
SELECT (SELECT min(reported_at) FROM incidents.incidents) AS first,
       coalesce((SELECT max(reported_at) FROM incidents.incidents WHERE reported_at <= now() + interval '1 day'),
                (SELECT max(reported_at) FROM incidents.incidents)) AS last;
