-- One report: finds its cell and stores it, unless (source, source_id) is stored already. One of the two hot writes.
-- In the braces goes areas/sql/cell_at_point.sql: the rule of the cell is written there, once.
-- In:  x, y (metres in the metric CRS; far away where there is no such place); has_place (boolean); at
--      (timestamptz); source, source_id, category, description, original_x, original_y, datum, accuracy_m
--      (NULL if unknown), widest (metres: a worse accuracy has no candidates), synthetic, reported_by (account, NULL
--      for nobody signed in), confidential.
-- Out: one row: id, new; none if no edition holds at that time, if another transaction is just storing it, or if it is
--      stored where the asker may not see it.
WITH located AS (
{cell_at_point}
), place AS (
  SELECT ST_SetSRID(ST_MakePoint(:x, :y), (SELECT d.metric_srid FROM db.deployment AS d WHERE d.only_row)) AS geom
), near AS (
  SELECT array_agg(c.id ORDER BY c.code) AS cells
    FROM located AS l, place AS p, areas.cells AS c
   WHERE c.edition_id = l.edition_id
     AND CAST(:accuracy_m AS double precision) <= :widest
     AND ST_DWithin(c.geom, p.geom, CAST(:accuracy_m AS double precision))
  HAVING bool_or(c.parent_code IS DISTINCT FROM l.parent_code)
), stored AS (
  INSERT INTO incidents.incidents
         (source, source_id, reported_at, category, description, original_x, original_y, datum, accuracy_m,
          found, cell_id, community, snapped_m, candidates, synthetic, reported_by, confidential, geom)
  SELECT CAST(:source AS text), CAST(:source_id AS text), CAST(:at AS timestamptz), CAST(:category AS text),
         CAST(:description AS text), :original_x, :original_y, CAST(:datum AS text),
         CAST(:accuracy_m AS real), l.found, l.cell_id, l.parent_code, l.snapped_m, (SELECT n.cells FROM near AS n), :synthetic,
         CAST(:reported_by AS integer), CAST(:confidential AS boolean),
         CASE WHEN :has_place THEN p.geom END
    FROM located AS l, place AS p
      ON CONFLICT (source, source_id) DO NOTHING
  RETURNING id)
SELECT s.id, true AS new
  FROM stored AS s
 UNION ALL
SELECT i.id, false
  FROM incidents.incidents AS i
 WHERE i.source = :source AND i.source_id = :source_id AND NOT EXISTS (SELECT FROM stored)
