-- The cells with a code, one in each edition that has it.
-- In:  code.
-- Out: id (areas.cells.id).
SELECT c.id FROM areas.cells AS c WHERE c.code = :code
