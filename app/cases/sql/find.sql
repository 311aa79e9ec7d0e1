-- Cases for a list, newest first, as far as whoever asks may see them. In the braces go which cases (find_all.sql or
-- find_mine.sql, with the conditions that are asked for, and no others, so that each list finds its index), and
-- list_columns.sql.
-- In:  what the conditions name; most (rows).
-- Out: list_columns.sql.
WITH found AS MATERIALIZED (
{scope}
)
SELECT {list_columns}
  FROM found AS f
  JOIN cases.cases AS c ON c.id = f.id
  JOIN categories.categories AS k ON k.id = c.category_id
  LEFT JOIN areas.cells AS l ON l.id = c.cell_id
  LEFT JOIN parties.names AS n ON n.party_id = c.party_id AND n.period @> now()
 ORDER BY c.reported_at DESC, c.id DESC
