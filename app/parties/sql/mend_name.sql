-- Purpose: mend the wording of the name that a party has had since a time.
-- In:  party_id, zh, en, starts  (NULL: always)
-- Out: nothing
UPDATE parties.names SET zh = :zh, en = :en
 WHERE party_id = :party_id AND lower(period) IS NOT DISTINCT FROM CAST(:starts AS timestamptz);
