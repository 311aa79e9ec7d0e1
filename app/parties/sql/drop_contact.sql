-- Purpose: remove a contact of a party.
-- In:  id, party_id
-- Out: id; no row if there is none
DELETE FROM parties.contacts WHERE id = :id AND party_id = :party_id RETURNING id;
