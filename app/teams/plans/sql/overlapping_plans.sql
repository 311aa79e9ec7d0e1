-- Published plans of which a publication would take what comes after its own begin: it would end them.
-- Not among them: one that goes on behind a bounded publication, for it holds again then; and one without end that began
-- earlier, for the newer plan holds from its date on.
-- in: members (codes), start, end (null: without end)
-- out: id, name, start, "end" (of the beats that it would end)
SELECT p.id, p.name, lower(range_merge(range_agg(b.period))) AS start, upper(range_merge(range_agg(b.period))) AS "end"
  FROM teams.beats AS b
  JOIN teams.members AS m ON m.id = b.member_id
  JOIN teams.plans AS p ON p.id = b.plan_id
 WHERE m.code = ANY (CAST(:members AS text[]))
   AND b.period && tstzrange(CAST(:start AS timestamptz), CAST(:end AS timestamptz))
   AND coalesce(upper(b.period), 'infinity') <= coalesce(CAST(:end AS timestamptz), 'infinity')
   AND (lower(b.period) >= CAST(:start AS timestamptz) OR NOT upper_inf(b.period))
 GROUP BY p.id, p.name
 ORDER BY p.id
