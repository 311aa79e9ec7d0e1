-- Who complained: personal data; whoever reads it is noted (service).
-- In:  case_id.
-- Out: name, phone; no row if there is none, or it may not be seen.
SELECT r.name, r.phone FROM cases.reporters AS r WHERE r.case_id = :case_id
