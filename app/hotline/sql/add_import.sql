-- Purpose: note that a file came in.
-- In:  home, source, file_name, file_hash, fingerprint
-- Out: id
INSERT INTO hotline.imports (home, source, file_name, file_hash, fingerprint)
VALUES (:home, :source, :file_name, :file_hash, :fingerprint) RETURNING id
