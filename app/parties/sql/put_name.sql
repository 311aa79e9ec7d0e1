-- Purpose: store a name.
-- In:  party_id, zh, en, starts
-- Out: nothing
INSERT INTO parties.names (party_id, zh, en, period) VALUES (:party_id, :zh, :en, tstzrange(:starts, NULL));
