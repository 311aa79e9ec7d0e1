-- Store the cells of a plan.
-- in: id, cells (areas.cells.id), numbers (of beats), minutes (arrays of one length)
INSERT INTO teams.plan_cells (plan_id, cell_id, number, minutes)
SELECT :id, given.cell, given.number, given.minutes
  FROM unnest(CAST(:cells AS integer[]), CAST(:numbers AS smallint[]), CAST(:minutes AS real[]))
       AS given (cell, number, minutes)
