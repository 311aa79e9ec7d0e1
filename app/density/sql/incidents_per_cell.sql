-- Purpose: incidents of a period in each cell of an edition; cells without any are left out.
-- In:  edition (areas.editions.id), start, end (half-open), category ('' for all)
-- Out: number (of the cell), incidents
SELECT cells.number, count(*) AS incidents
  FROM incidents.incidents
  JOIN areas.cells ON cells.id = incidents.cell_id
 WHERE cells.edition_id = :edition
   AND incidents.reported_at >= :start
   AND incidents.reported_at < :end
   AND (:category = '' OR incidents.category = :category)
 GROUP BY cells.number
 ORDER BY cells.number;
