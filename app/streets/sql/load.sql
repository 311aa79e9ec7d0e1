-- Which walking network is loaded?
-- in: nothing
-- out: id, source, synthetic, loaded_at; no row where none is
SELECT l.id, l.source, l.synthetic, l.loaded_at
  FROM streets.loads AS l
 ORDER BY l.id DESC
 LIMIT 1
