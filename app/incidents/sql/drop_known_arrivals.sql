-- Leave out of a bulk load what is stored already.
-- In:  source.
-- Out: nothing; the rows deleted are counted.
DELETE FROM arrivals AS a
 USING incidents.incidents AS i
 WHERE i.source = :source AND i.source_id = a.source_id
