-- The number of a case by its id.
-- In: :case_id. Out: number, or no row.
SELECT c.number FROM cases.cases AS c WHERE c.id = :case_id
