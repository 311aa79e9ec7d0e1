-- Lines of a walking network.
-- in: load_id
-- out: kind, name, shape (WKB in metres)
SELECT w.kind, w.name, ST_AsBinary(w.geom) AS shape
  FROM streets.ways AS w
 WHERE w.load_id = :load_id
 ORDER BY w.id
