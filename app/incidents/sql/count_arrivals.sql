-- How a bulk load's rows were found.
-- In:  nothing.
-- Out: found (0 in a cell, 1 snapped, 2 outside), rows.
SELECT a.found, count(*) AS rows FROM arrivals AS a GROUP BY a.found
