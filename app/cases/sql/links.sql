-- Cases linked to a case, as far as whoever asks may see them.
-- In:  case_id.
-- Out: number, stage, what, at.
SELECT o.number, o.stage, l.what, l.at
  FROM cases.links AS l
  JOIN cases.cases AS o ON o.id = l.other_id
 WHERE l.case_id = :case_id
 ORDER BY l.at, o.number
