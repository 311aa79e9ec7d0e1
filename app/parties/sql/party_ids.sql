-- Purpose: the ids of parties by their codes.
-- In:  codes  text[]
-- Out: code, id
SELECT p.code, p.id FROM parties.parties AS p WHERE p.code = ANY (CAST(:codes AS text[]));
