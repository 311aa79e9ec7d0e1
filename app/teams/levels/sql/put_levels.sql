-- Make levels of a team, or bring them up to date.
-- in: team_id, levels, names, visits (arrays of one length)
INSERT INTO teams.levels (team_id, level, name, visits)
SELECT CAST(:team_id AS integer), level, name, visits
  FROM unnest(CAST(:levels AS smallint[]), CAST(:names AS text[]), CAST(:visits AS smallint[])) AS given (level, name, visits)
ON CONFLICT (team_id, level) DO UPDATE SET name = excluded.name, visits = excluded.visits
