-- Purpose: change a party that is still at a version.
-- In:  id, version, kind, area_code, parent_id, starts, ends
-- Out: version; no row if somebody changed it meanwhile
UPDATE parties.parties
   SET kind = :kind, area_code = :area_code, parent_id = :parent_id, period = tstzrange(:starts, :ends), version = version + 1
 WHERE id = :id AND version = :version
RETURNING version;
