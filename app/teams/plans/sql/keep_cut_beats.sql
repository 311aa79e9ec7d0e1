-- Keep what a publication takes out of beats of members, to hold again should it be withdrawn.
-- in: id (of the plan), members (codes), start, end (null: without end)
INSERT INTO teams.cut_beats (plan_id, member_id, of_plan, name, period, cells)
SELECT :id, b.member_id, b.plan_id, b.name,
       b.period * tstzrange(CAST(:start AS timestamptz), CAST(:end AS timestamptz)),
       ARRAY(SELECT c.cell_id FROM teams.beat_cells AS c WHERE c.beat_id = b.id ORDER BY c.cell_id)
  FROM teams.beats AS b
  JOIN teams.members AS m ON m.id = b.member_id
 WHERE m.code = ANY (CAST(:members AS text[]))
   AND b.period && tstzrange(CAST(:start AS timestamptz), CAST(:end AS timestamptz))
 ORDER BY b.id
