-- Cells of the beats that members had at some time in a window.
-- in: member_ids, start, end
-- out: member_id, cells (areas.cells.id, rising)
SELECT b.member_id, array_agg(DISTINCT c.cell_id ORDER BY c.cell_id) AS cells
  FROM teams.beats AS b
  JOIN teams.beat_cells AS c ON c.beat_id = b.id
 WHERE b.member_id = ANY (:member_ids)
   AND b.period && tstzrange(:start, :end)
 GROUP BY b.member_id
