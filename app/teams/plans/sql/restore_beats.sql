-- Let beats hold again from a time on that a publication had cut; the plans that they are of are published again.
-- in: id (of the withdrawn plan), since
-- out: members (codes) who have a beat again
WITH back AS (
  DELETE FROM teams.cut_beats AS c
   WHERE c.plan_id = :id
  RETURNING c.member_id, c.of_plan, c.name, c.period * tstzrange(CAST(:since AS timestamptz), NULL) AS period, c.cells
), beat AS (
  INSERT INTO teams.beats (team_id, member_id, name, plan_id, period)
  SELECT m.team_id, k.member_id, k.name, k.of_plan, k.period
    FROM back AS k
    JOIN teams.members AS m ON m.id = k.member_id
   WHERE NOT isempty(k.period)
     AND NOT EXISTS (SELECT FROM teams.beats AS x WHERE x.member_id = k.member_id AND x.period && k.period)
  RETURNING id, member_id, period
), cells AS (
  INSERT INTO teams.beat_cells (beat_id, cell_id)
  SELECT beat.id, cell
    FROM beat
    JOIN back AS k ON k.member_id = beat.member_id AND k.period = beat.period
   CROSS JOIN unnest(k.cells) AS cell
), again AS (
  UPDATE teams.plans AS p
     SET state = 'published', version = version + 1
    FROM (SELECT DISTINCT of_plan FROM back WHERE NOT isempty(period)) AS k
   WHERE p.id = k.of_plan AND p.state = 'replaced'
)
SELECT DISTINCT m.code FROM beat JOIN teams.members AS m ON m.id = beat.member_id ORDER BY m.code
