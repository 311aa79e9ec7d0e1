-- The open cases of whoever asks: of one's ground, of one's parties, of one's own reports; each by its index.
-- Out: columns of cases.cases.
SELECT c.* FROM cases.cases AS c
 WHERE c.ended_at IS NULL AND c.community = ANY ((SELECT auth.my_communities())::text[])
 UNION
SELECT c.* FROM cases.cases AS c
 WHERE c.ended_at IS NULL AND c.party_id = ANY ((SELECT auth.my_parties())::integer[])
 UNION
SELECT c.* FROM cases.cases AS c
 WHERE c.ended_at IS NULL AND c.reported_by = (SELECT auth.me())
