-- What a report is placed and judged by, and how old it is: so that what is kept in memory need not be asked for again. A
-- fragment of report_case.sql, too.
-- In:  at (timestamptz).
-- Out: one row: metric_srid; edition_id that holds at that time (NULL for none); state (of the rules and editions; the
--      writer tells apart two transactions of which one was undone).
SELECT d.metric_srid,
       (SELECT e.id FROM areas.editions AS e WHERE e.validity @> CAST(:at AS timestamptz)) AS edition_id,
       r.version || '/' || CAST(r.xmin AS text) || '/' || (SELECT count(*) FROM areas.editions) AS state
  FROM db.deployment AS d, categories.rulebook AS r
 WHERE d.only_row
