-- Purpose: store the cells of a patch.
-- In:  id, cells  integer[]
-- Out: nothing
INSERT INTO parties.patch_cells (patch_id, cell_id) SELECT :id, c FROM unnest(CAST(:cells AS integer[])) AS c;
