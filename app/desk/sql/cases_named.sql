-- What is told of cases that are mentioned.
-- In: :numbers. Out: number, stage, category_zh, category_en, reported_at, open.
SELECT c.number, c.stage, k.name_zh AS category_zh, k.name_en AS category_en, c.reported_at, c.ended_at IS NULL AS open
  FROM cases.cases AS c
  JOIN categories.categories AS k ON k.id = c.category_id
 WHERE c.number = ANY (CAST(:numbers AS text[]))
