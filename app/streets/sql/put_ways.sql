-- Store lines of a walking network.
-- in: load_id, srid; arrays of one length: kinds, names, shapes (WKB in metres)
-- out: nothing
INSERT INTO streets.ways (load_id, kind, name, geom)
SELECT :load_id, g.kind, g.name, ST_GeomFromWKB(g.shape, :srid)
  FROM unnest(CAST(:kinds AS text[]), CAST(:names AS text[]), CAST(:shapes AS bytea[])) AS g (kind, name, shape)
