-- One photo of a case.
-- In:  case_id, id.
-- Out: jpeg.
SELECT p.jpeg FROM cases.photos AS p WHERE p.case_id = :case_id AND p.id = :id
