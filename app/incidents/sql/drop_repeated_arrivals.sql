-- Leave each id of a bulk load once: the row that comes first in the file.
-- In:  nothing.
-- Out: nothing; the rows deleted are counted.
DELETE FROM arrivals AS a
 USING (SELECT b.source_id, min(b.row_number) AS first FROM arrivals AS b
         GROUP BY b.source_id HAVING count(*) > 1) AS twice
 WHERE a.source_id = twice.source_id AND a.row_number > twice.first
