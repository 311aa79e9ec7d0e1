-- Published plans that a publication would end, or begin before: it doesn't lie within the time that their beats have held.
-- A plan that began earlier and goes on behind the publication isn't among them: it holds again afterwards. Nor is one
-- without end that began earlier: the newer plan holds from its date on.
-- in: members (codes), start, end (null: without end)
-- out: id, name, start, "end" (of what its beats hold within the publication)
SELECT p.id, p.name, lower(range_agg(b.period)) AS start, upper(range_agg(b.period)) AS "end"
  FROM teams.beats AS b
  JOIN teams.members AS m ON m.id = b.member_id
  JOIN teams.plans AS p ON p.id = b.plan_id
 WHERE m.code = ANY (CAST(:members AS text[]))
   AND b.period && tstzrange(CAST(:start AS timestamptz), CAST(:end AS timestamptz))
   AND (lower(b.period) >= :start OR upper(b.period) < coalesce(CAST(:end AS timestamptz), 'infinity'))
 GROUP BY p.id, p.name
 ORDER BY p.id
