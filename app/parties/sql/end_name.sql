-- Purpose: end the name of a party that holds to the end of time.
-- In:  party_id, starts  when the next one begins
-- Out: nothing
UPDATE parties.names SET period = tstzrange(lower(period), :starts)
 WHERE party_id = :party_id AND upper_inf(period) AND (lower_inf(period) OR lower(period) < :starts);
