-- What a report is placed by.
-- In:  at (timestamptz).
-- Out: one row: database; metric_srid; edition_id that holds at that time (NULL for none).
SELECT current_database() AS database, d.metric_srid,
       (SELECT e.id FROM areas.editions AS e WHERE e.validity @> CAST(:at AS timestamptz)) AS edition_id
  FROM db.deployment AS d
 WHERE d.only_row
