-- Purpose: store a contact of a party.
-- In:  party_id, post, means, value, note
-- Out: id
INSERT INTO parties.contacts (party_id, post, means, value, note) VALUES (:party_id, :post, :means, :value, :note) RETURNING id;
