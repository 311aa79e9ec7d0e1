-- Purpose: absences, of all parties or one.
-- In:  party_id  NULL for all
-- Out: id, party_id, starts, ends, delegate_id, reason, the latest first
SELECT a.id, a.party_id, lower(a.period) AS starts, upper(a.period) AS ends, a.delegate_id, a.reason
  FROM parties.absences AS a
 WHERE CAST(:party_id AS integer) IS NULL OR a.party_id = :party_id
 ORDER BY a.period DESC, a.id;
