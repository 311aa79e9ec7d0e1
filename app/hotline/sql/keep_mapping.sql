-- Purpose: remember the columns that an office chose.
-- In:  home, fingerprint, headers, columns (json)
-- Out: nothing
INSERT INTO hotline.mappings AS m (home, fingerprint, headers, columns)
VALUES (:home, :fingerprint, CAST(:headers AS text[]), CAST(:columns AS jsonb))
    ON CONFLICT (home, fingerprint) DO UPDATE
   SET headers = excluded.headers, columns = excluded.columns, made_by = auth.asker(), made_at = now()
