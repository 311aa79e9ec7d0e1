-- Purpose: the codes of the cells that a patch was made of.
-- In:  id
-- Out: code, bytewise
SELECT DISTINCT c.code FROM parties.patch_cells AS m JOIN areas.cells AS c ON c.id = m.cell_id
 WHERE m.patch_id = :id
 ORDER BY c.code;
