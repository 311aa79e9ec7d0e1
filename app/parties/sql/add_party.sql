-- Purpose: store a party; one of the same code stays as it is.
-- In:  code, kind, area_code, parent_id, starts, ends, synthetic
-- Out: id; no row if the code is taken
INSERT INTO parties.parties (code, kind, area_code, parent_id, period, synthetic)
VALUES (:code, :kind, :area_code, :parent_id, tstzrange(:starts, :ends), :synthetic)
    ON CONFLICT (code) DO NOTHING
RETURNING id;
