-- Purpose: let a patch have no cells any more.
-- In:  id
-- Out: nothing
DELETE FROM parties.patch_cells WHERE patch_id = :id;
