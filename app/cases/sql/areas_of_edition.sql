-- The areas of an edition, for the way from a community up.
-- In:  edition_id.
-- Out: level (district, street, community), code, name, parent_code.
SELECT a.level, a.code, a.name, a.parent_code
  FROM areas.areas AS a
 WHERE a.edition_id = :edition_id AND a.level IN ('district', 'street', 'community')
