-- Let a beat hold for one more time.
-- in: id, period (a range as text)
WITH beat AS (
  INSERT INTO teams.beats (team_id, member_id, name, plan_id, period)
  SELECT b.team_id, b.member_id, b.name, b.plan_id, CAST(:period AS tstzrange)
    FROM teams.beats AS b
   WHERE b.id = :id
  RETURNING id
)
INSERT INTO teams.beat_cells (beat_id, cell_id)
SELECT beat.id, c.cell_id
  FROM beat, teams.beat_cells AS c
 WHERE c.beat_id = :id
