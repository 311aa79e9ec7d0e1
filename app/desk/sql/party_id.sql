-- The id of a party by its code.
-- In: :code. Out: id, or no row.
SELECT p.id FROM parties.parties AS p WHERE p.code = :code
