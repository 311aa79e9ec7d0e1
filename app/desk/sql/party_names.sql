-- Names of parties by id, as of today or as they were last.
-- In: :ids. Out: party_id, zh.
SELECT DISTINCT ON (n.party_id) n.party_id, n.zh
  FROM parties.names AS n
 WHERE n.party_id = ANY (CAST(:ids AS integer[]))
 ORDER BY n.party_id, n.period DESC
