-- Makes an incident confidential, or no longer so.
-- In:  id, hidden (boolean).
UPDATE incidents.incidents SET confidential = :hidden WHERE id = :id
