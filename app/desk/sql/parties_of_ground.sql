-- Parties whose home is one of these areas, for choosing.
-- In: :codes. Out: id, code, kind, zh; by code.
SELECT p.id, p.code, p.kind, n.zh
  FROM parties.parties AS p
  JOIN parties.names AS n ON n.party_id = p.id AND n.period @> now()
 WHERE p.area_code = ANY (CAST(:codes AS text[])) AND p.period @> now()
 ORDER BY p.code
 LIMIT 400
