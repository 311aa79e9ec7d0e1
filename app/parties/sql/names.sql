-- Purpose: the dated names of parties.
-- In:  id  one party, or NULL for all
-- Out: party_id, zh, en, starts, ends, the earliest first
SELECT n.party_id, n.zh, n.en, lower(n.period) AS starts, upper(n.period) AS ends
  FROM parties.names AS n
 WHERE CAST(:id AS integer) IS NULL OR n.party_id = :id
 ORDER BY n.party_id, n.period;
