-- Cells of a plan, as arrays of one length, rising by id.
-- in: id
-- out: ids, numbers (of beats), minutes
SELECT coalesce(array_agg(c.cell_id ORDER BY c.cell_id), '{}') AS ids,
       coalesce(array_agg(c.number ORDER BY c.cell_id), '{}') AS numbers,
       coalesce(array_agg(c.minutes ORDER BY c.cell_id), '{}') AS minutes
  FROM teams.plan_cells AS c
 WHERE c.plan_id = :id
