-- Give cells of a plan to other beats of it.
-- in: id, cells (areas.cells.id), numbers (of beats; arrays of one length)
UPDATE teams.plan_cells AS c
   SET number = given.number
  FROM unnest(CAST(:cells AS integer[]), CAST(:numbers AS smallint[])) AS given (cell, number)
 WHERE c.plan_id = :id AND c.cell_id = given.cell
