-- Keep that a member read a door's code; the same once more changes nothing.
-- in: member_id, at, code, cell_id, edition_id
INSERT INTO patrol.presences (member_id, at, kind, reference, cell_id, edition_id)
VALUES (:member_id, :at, 'door', :code, :cell_id, :edition_id)
ON CONFLICT DO NOTHING
