-- What whoever asks is to be told and has not marked as seen, newest first; a party's is everyone's of it.
-- In:  most (rows).
-- Out: id, at, what, number, category_zh, category_en, stage, party_zh (NULL: told in person).
SELECT o.id, o.at, o.what, c.number, k.name_zh AS category_zh, k.name_en AS category_en, c.stage, n.zh AS party_zh
  FROM cases.notices AS o
  JOIN cases.cases AS c ON c.id = o.case_id
  JOIN categories.categories AS k ON k.id = c.category_id
  LEFT JOIN parties.names AS n ON n.party_id = o.party_id AND n.period @> now()
 WHERE o.seen_at IS NULL
   AND (o.account_id = (SELECT auth.me()) OR o.party_id = ANY ((SELECT auth.my_parties())::integer[]))
 ORDER BY o.at DESC, o.id DESC
 LIMIT :most
