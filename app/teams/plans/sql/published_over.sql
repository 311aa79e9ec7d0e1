-- Plans that were published over another one, and hold within its time: those that cut its beats, or the beats of one that
-- had cut them, and those that gave another beat to somebody whose beat it cut.
-- in: id, since (what lies before is over)
-- out: id, name, start, "end"
WITH RECURSIVE over AS (
  SELECT c.plan_id
    FROM teams.cut_beats AS c
   WHERE c.of_plan = :id AND c.period && tstzrange(CAST(:since AS timestamptz), NULL)
   UNION
  SELECT c.plan_id
    FROM over
    JOIN teams.cut_beats AS c ON c.of_plan = over.plan_id AND c.period && tstzrange(CAST(:since AS timestamptz), NULL)
)
SELECT p.id, p.name, lower(p.period) AS start, upper(p.period) AS "end"
  FROM teams.plans AS p
 WHERE p.id <> :id AND p.state = 'published'
   AND (p.id IN (SELECT plan_id FROM over)
        OR EXISTS (SELECT FROM teams.cut_beats AS mine
                     JOIN teams.beats AS b ON b.member_id = mine.member_id AND b.plan_id = p.id
                    WHERE mine.plan_id = :id
                      AND b.period && (mine.period * tstzrange(CAST(:since AS timestamptz), NULL))))
 ORDER BY p.published_at DESC, p.id DESC
