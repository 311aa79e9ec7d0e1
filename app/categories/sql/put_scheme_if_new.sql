-- Make a scheme that a file of categories names; one that is there stays as it is.
-- In:  code, name_zh, name_en, source.
-- Out: nothing.
INSERT INTO categories.schemes (code, name_zh, name_en, source)
VALUES (:code, :name_zh, :name_en, :source)
    ON CONFLICT (code) DO NOTHING
