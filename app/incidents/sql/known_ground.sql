-- The ground of one edition as one shape, to see whether a file's points lie on it: its districts, else its cells.
-- In:  edition_id.
-- Out: wkb in the metric CRS; NULL if the edition is empty.
SELECT ST_AsBinary(coalesce(
         (SELECT ST_Union(a.geom) FROM areas.areas AS a
           WHERE a.edition_id = :edition_id AND a.level = 'district'),
         (SELECT ST_Union(c.geom) FROM areas.cells AS c WHERE c.edition_id = :edition_id))) AS wkb
