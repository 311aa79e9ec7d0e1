-- Voice notes of a case, without the sound.
-- In:  case_id.
-- Out: id, principal, added_at, seconds; oldest first.
SELECT v.id, v.principal, v.added_at, v.seconds
  FROM cases.voices AS v
 WHERE v.case_id = :case_id
 ORDER BY v.id
