-- Incidents per cell of one edition in a half-open period; cells without any are left out.
-- In:  edition_id; start, end_ (timestamptz, [start, end_)); category (text, NULL for all).
-- Out: number (areas.cells.number), incidents.
SELECT c.number, count(*) AS incidents
  FROM incidents.incidents AS i
  JOIN areas.cells AS c ON c.id = i.cell_id
 WHERE c.edition_id = :edition_id
   AND i.reported_at >= :start
   AND i.reported_at < :end_
   AND (CAST(:category AS text) IS NULL OR i.category = CAST(:category AS text))
 GROUP BY c.number
 ORDER BY c.number
