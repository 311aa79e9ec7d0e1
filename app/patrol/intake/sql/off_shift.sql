-- Which arrived fixes lie outside every shift of their member?
-- out: by member: code, fixes, first_row, first_at
SELECT m.code, count(*) AS fixes, min(a.row_number) AS first_row, min(a.at) AS first_at
  FROM fix_arrivals AS a
  JOIN teams.members AS m ON m.id = a.member_id
 WHERE NOT EXISTS (SELECT FROM teams.shifts AS s WHERE s.member_id = a.member_id
                    AND s.ended >= a.at AND s.began <= a.at AND s.period @> a.at)
 GROUP BY m.code
 ORDER BY m.code
