-- Grant a role.
-- In:  account_id, role, area_code, party_id, since (NULL: now), until (NULL: without end), by ('': whoever is asking).
-- Out: id.
WITH bumped AS (
  UPDATE auth.accounts AS a SET version = a.version + 1 WHERE a.id = :account_id
)
INSERT INTO auth.grants (account_id, role, area_code, party_id, period, granted_by)
VALUES (:account_id, :role, :area_code, :party_id, tstzrange(coalesce(:since, now()), :until),
        coalesce(nullif(:by, ''), auth.asker()))
RETURNING id
