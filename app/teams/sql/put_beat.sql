-- Store a member's beat with its cells.
-- in: member, name, start, end, cells (array of areas.cells.id)
WITH beat AS (
  INSERT INTO teams.beats (team_id, member_id, name, period)
  SELECT m.team_id, m.id, :name, tstzrange(CAST(:start AS timestamptz), CAST(:end AS timestamptz))
    FROM teams.members AS m
   WHERE m.code = :member
  RETURNING id
)
INSERT INTO teams.beat_cells (beat_id, cell_id)
SELECT beat.id, cell
  FROM beat, unnest(CAST(:cells AS integer[])) AS cell
