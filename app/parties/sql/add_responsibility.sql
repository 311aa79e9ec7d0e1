-- Purpose: store a responsibility.
-- In:  party_id, role, area_code, patch_id, categories (text[]), starts, ends, basis_kind, basis, synthetic
-- Out: id
INSERT INTO parties.responsibilities (party_id, role, area_code, patch_id, categories, period, basis_kind, basis, synthetic)
VALUES (:party_id, :role, :area_code, :patch_id, CAST(:categories AS text[]), tstzrange(:starts, :ends), :basis_kind, :basis, :synthetic)
RETURNING id;
