-- Keep doors by their codes; a known one is brought up to date.
-- in: codes, names, xs, ys (metres; arrays of one length), srid, synthetic
-- out: code of each that is new or was changed
INSERT INTO patrol.doors AS d (code, name, geom, synthetic)
SELECT code, name, ST_SetSRID(ST_MakePoint(x, y), :srid), :synthetic
  FROM unnest(CAST(:codes AS text[]), CAST(:names AS text[]),
              CAST(:xs AS double precision[]), CAST(:ys AS double precision[])) AS given (code, name, x, y)
ON CONFLICT (code) DO UPDATE
   SET name = excluded.name, geom = excluded.geom, synthetic = excluded.synthetic
 WHERE (d.name, d.synthetic) IS DISTINCT FROM (excluded.name, excluded.synthetic) OR NOT d.geom = excluded.geom
RETURNING code
