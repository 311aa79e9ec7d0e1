-- The beats that a team's members would have at a time without some plans: those of other plans, and what these had cut.
-- in: team (code), at, plan_ids
-- out: member, cells (codes)
WITH beats AS (
  SELECT b.member_id, c.cell_id
    FROM teams.beats AS b
    JOIN teams.beat_cells AS c ON c.beat_id = b.id
   WHERE b.period @> CAST(:at AS timestamptz)
     AND NOT coalesce(b.plan_id = ANY (:plan_ids), false)
   UNION
  SELECT b.member_id, unnest(b.cells)
    FROM teams.cut_beats AS b
   WHERE b.plan_id = ANY (:plan_ids) AND b.period @> CAST(:at AS timestamptz)
     AND NOT coalesce(b.of_plan = ANY (:plan_ids), false)
)
SELECT m.code AS member, array_agg(x.code ORDER BY x.code) AS cells
  FROM beats AS b
  JOIN teams.members AS m ON m.id = b.member_id
  JOIN teams.teams AS t ON t.id = m.team_id
  JOIN areas.cells AS x ON x.id = b.cell_id
 WHERE t.code = :team
 GROUP BY m.code
 ORDER BY m.code
