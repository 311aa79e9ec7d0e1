-- Other cases with a photo like this one, of the last half year, none of them confidential.
-- In:  case_id, likeness, bits (that may differ).
-- Out: number.
SELECT DISTINCT c.number
  FROM cases.photos AS p
  JOIN cases.cases AS c ON c.id = p.case_id
 WHERE p.case_id <> :case_id AND p.added_at > now() - interval '180 days' AND NOT c.confidential
   AND bit_count(CAST(p.likeness # CAST(:likeness AS bigint) AS bit(64))) <= :bits
 ORDER BY c.number
 LIMIT 10
