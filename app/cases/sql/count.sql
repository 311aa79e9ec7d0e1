-- How many cases a list holds, as far as whoever asks may see them. In the brace go which: see find.sql.
-- In:  what the conditions name; most (counting ends there).
-- Out: one number.
SELECT count(*)
  FROM (
{scope}
) AS f
