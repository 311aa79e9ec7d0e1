-- Which arrived fixes are not stored, and why?
-- out: by member and reason: code, why, fixes, first_row, first_at
SELECT m.code, a.why, count(*) AS fixes, min(a.row_number) AS first_row, min(a.at) AS first_at
  FROM fix_arrivals AS a
  JOIN teams.members AS m ON m.id = a.member_id
 WHERE a.why IS NOT NULL
 GROUP BY m.code, a.why
 ORDER BY m.code, a.why
