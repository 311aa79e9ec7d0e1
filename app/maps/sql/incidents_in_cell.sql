-- Purpose: the newest incidents of a period in one cell; confidential ones are on no map.
-- In:  edition (areas.editions.id), number (of the cell), start, end (half-open), category ('' for all), most
-- Out: reported_at, category, description (its first 80 characters), found, synthetic
SELECT incidents.reported_at, incidents.category,
       left(incidents.description, 80) AS description, incidents.found, incidents.synthetic
  FROM incidents.incidents
  JOIN areas.cells ON cells.id = incidents.cell_id
 WHERE cells.edition_id = :edition AND cells.number = :number
   AND NOT incidents.confidential
   AND incidents.reported_at >= :start AND incidents.reported_at < :end
   AND (:category = '' OR incidents.category = :category)
 ORDER BY incidents.reported_at DESC, incidents.id
 LIMIT :most;
