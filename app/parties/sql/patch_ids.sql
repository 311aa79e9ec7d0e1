-- Purpose: the ids of patches by their codes.
-- In:  codes  text[]
-- Out: code, id
SELECT p.code, p.id FROM parties.patches AS p WHERE p.code = ANY (CAST(:codes AS text[]));
