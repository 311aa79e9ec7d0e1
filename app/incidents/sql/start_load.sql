-- Note that a bulk load begins.
-- In:  source, file_name, file_hash, synthetic.
-- Out: id of the load.
INSERT INTO incidents.loads (source, file_name, file_hash, synthetic)
VALUES (:source, :file_name, :file_hash, :synthetic)
RETURNING id
