-- Say where a walking network is from.
-- in: source, sha256, synthetic
-- out: its id
INSERT INTO streets.loads (source, sha256, synthetic)
VALUES (:source, :sha256, :synthetic)
RETURNING id
