-- Purpose: remove a responsibility that is still at a version; one that has been in force had better be ended.
-- In:  id, version
-- Out: id; no row if somebody changed it meanwhile
DELETE FROM parties.responsibilities WHERE id = :id AND version = :version RETURNING id;
