-- How a case came to be what it is.
-- In:  case_id.
-- Out: id, at, move, from_stage, to_stage, principal, party_id, party_zh, reason, facts; oldest first.
SELECT t.id, t.at, t.move, t.from_stage, t.to_stage, t.principal, t.party_id, n.zh AS party_zh, t.reason, t.facts
  FROM cases.transitions AS t
  LEFT JOIN parties.names AS n ON n.party_id = t.party_id AND n.period @> t.at
 WHERE t.case_id = :case_id
 ORDER BY t.id
