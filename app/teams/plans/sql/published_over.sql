-- Plans that were published over another one, and hold within its time: those that cut its beats, and those that gave
-- another beat to somebody whose beat it cut.
-- in: id, since (what lies before is over)
-- out: id, name, start, "end"
SELECT p.id, p.name, lower(p.period) AS start, upper(p.period) AS "end"
  FROM teams.plans AS mine
  JOIN teams.plans AS p ON p.team_id = mine.team_id AND p.state = 'published' AND p.id <> mine.id
                       AND p.published_at >= mine.published_at
 WHERE mine.id = :id
   AND p.period && (mine.period * tstzrange(CAST(:since AS timestamptz), NULL))
   AND (EXISTS (SELECT FROM teams.cut_beats AS c WHERE c.plan_id = p.id AND c.of_plan = mine.id)
        OR EXISTS (SELECT FROM teams.beats AS b
                     JOIN teams.cut_beats AS c ON c.plan_id = mine.id AND c.member_id = b.member_id AND c.period && b.period
                    WHERE b.plan_id = p.id))
 ORDER BY p.published_at DESC, p.id DESC
