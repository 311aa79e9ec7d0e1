-- Purpose: the columns that an office chose for this heading, or its newest choice for any.
-- In:  home, fingerprint (NULL for the newest)
-- Out: headers, columns (json: told {field: heading}, columns {field: index}, categories, default)
SELECT m.headers, m.columns
  FROM hotline.mappings AS m
 WHERE m.home = :home AND (CAST(:fingerprint AS text) IS NULL OR m.fingerprint = :fingerprint)
 ORDER BY m.made_at DESC
 LIMIT 1
