-- Published plans that a publication would end.
-- Not among them: one that goes on behind a bounded publication, for it holds again then; and one without end that began
-- earlier, for the newer plan holds from its date on.
-- in: members (codes), start, end (null: without end)
-- out: id, name, start, "end" (from their first beat to their last)
WITH held AS (
  SELECT b.plan_id, range_merge(range_agg(b.period)) AS span, range_agg(b.period) AS times
    FROM teams.beats AS b
    JOIN teams.members AS m ON m.id = b.member_id
   WHERE m.code = ANY (CAST(:members AS text[])) AND b.plan_id IS NOT NULL
   GROUP BY b.plan_id
)
SELECT p.id, p.name, lower(h.span) AS start, upper(h.span) AS "end"
  FROM held AS h
  JOIN teams.plans AS p ON p.id = h.plan_id
 WHERE h.times && tstzrange(CAST(:start AS timestamptz), CAST(:end AS timestamptz))
   AND coalesce(upper(h.span), 'infinity') <= coalesce(CAST(:end AS timestamptz), 'infinity')
   AND (lower(h.span) >= CAST(:start AS timestamptz) OR NOT upper_inf(h.span))
 ORDER BY p.id
