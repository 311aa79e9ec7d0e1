-- Purpose: store an absence.
-- In:  party_id, starts, ends, delegate_id, reason
-- Out: id
INSERT INTO parties.absences (party_id, period, delegate_id, reason)
VALUES (:party_id, tstzrange(:starts, :ends), :delegate_id, :reason)
RETURNING id;
