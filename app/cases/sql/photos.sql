-- Photos of a case, without the pictures.
-- In:  case_id.
-- Out: id, moment, principal, added_at, taken_at, distance_m, width, height; oldest first.
SELECT p.id, p.moment, p.principal, p.added_at, p.taken_at, p.distance_m, p.width, p.height
  FROM cases.photos AS p
 WHERE p.case_id = :case_id
 ORDER BY p.id
