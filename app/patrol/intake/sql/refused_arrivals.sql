-- Which arrived fixes are not stored, one by one, and why?
-- out: row_number, why
SELECT a.row_number, a.why FROM fix_arrivals AS a WHERE a.why IS NOT NULL ORDER BY a.row_number
