-- The open cases that today's lists are made of. In the braces: whose cases (mine.sql, or all that are open), and
-- list_columns.sql. An area limits them.
-- In:  area (code of a community or street; NULL: all); most (rows).
-- Out: list_columns.sql.
WITH mine AS MATERIALIZED (
{scope}
), found AS (
  SELECT m.* FROM mine AS m
   WHERE CAST(:area AS text) IS NULL OR m.community = CAST(:area AS text) OR m.street = CAST(:area AS text)
   ORDER BY m.stage_due_at, m.id
   LIMIT :most
)
SELECT {list_columns}
  FROM found AS c
  JOIN categories.categories AS k ON k.id = c.category_id
  LEFT JOIN areas.cells AS l ON l.id = c.cell_id
  LEFT JOIN parties.names AS n ON n.party_id = c.party_id AND n.period @> now()
