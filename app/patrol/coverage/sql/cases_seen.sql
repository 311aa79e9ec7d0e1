-- Which cases whoever asks may see.
-- in: numbers
-- out: number
SELECT number FROM cases.cases WHERE number = ANY (:numbers)
