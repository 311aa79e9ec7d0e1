-- The clocks of the cases of a list, and who should lead by the rules.
-- In: :ids. Out: id, clock (json), lead_id, lead_zh (null: nobody).
SELECT c.id, c.clock, CAST(c.answer #>> '{lead,id}' AS integer) AS lead_id,
       coalesce(c.answer #>> '{lead,zh}', c.answer #>> '{lead,name_zh}') AS lead_zh
  FROM cases.cases AS c
 WHERE c.id = ANY (CAST(:ids AS bigint[]))
