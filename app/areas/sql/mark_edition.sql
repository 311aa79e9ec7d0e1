-- Purpose: a draft is synthetic if any of its areas is; it names the sources and licences of all that was loaded into it.
-- In:  :edition_id
UPDATE areas.editions AS e
   SET synthetic = EXISTS (SELECT FROM areas.areas AS a WHERE a.edition_id = e.id AND a.synthetic),
       source  = coalesce((SELECT string_agg(DISTINCT nullif(l.source, ''), '; ') FROM areas.loads AS l WHERE l.edition_id = e.id), ''),
       licence = coalesce((SELECT string_agg(DISTINCT nullif(l.licence, ''), '; ') FROM areas.loads AS l WHERE l.edition_id = e.id), '')
 WHERE e.id = :edition_id
