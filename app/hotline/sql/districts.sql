-- Purpose: the districts of the edition that holds now: whose office works where no street is named.
-- In:  nothing
-- Out: code
SELECT a.code FROM areas.areas AS a JOIN areas.editions AS e ON e.id = a.edition_id
 WHERE e.validity @> now() AND a.level = 'district' ORDER BY a.code
