-- Who is asked to do what for a case.
-- In:  case_id.
-- Out: id, party_id, party_zh, party_en, role, what, stage, made_at, due_at, signed_at, handled_at, result; oldest first.
SELECT t.id, t.party_id, n.zh AS party_zh, n.en AS party_en, t.role, t.what, t.stage, t.made_at, t.due_at, t.signed_at,
       t.handled_at, t.result
  FROM cases.tasks AS t
  LEFT JOIN parties.names AS n ON n.party_id = t.party_id AND n.period @> now()
 WHERE t.case_id = :case_id
 ORDER BY t.id
