-- Store the beats that follow from a published plan, with their cells.
-- in: id
-- out: rows are cells
WITH beat AS (
  INSERT INTO teams.beats (team_id, member_id, name, plan_id, period)
  SELECT p.team_id, b.member_id, coalesce(nullif(b.name, ''), lpad(CAST(b.number AS text), 2, '0')), p.id, p.period
    FROM teams.plans AS p
    JOIN teams.plan_beats AS b ON b.plan_id = p.id
   WHERE p.id = :id AND b.member_id IS NOT NULL
  RETURNING id, member_id
)
INSERT INTO teams.beat_cells (beat_id, cell_id)
SELECT beat.id, c.cell_id
  FROM beat
  JOIN teams.plan_beats AS b ON b.plan_id = :id AND b.member_id = beat.member_id
  JOIN teams.plan_cells AS c ON c.plan_id = :id AND c.number = b.number
