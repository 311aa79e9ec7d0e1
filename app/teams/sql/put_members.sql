-- Make members of a team, or bring their names up to date; a member of another team is left alone.
-- in: team_id, codes, names (arrays of one length)
-- out: code of each member that is in the team now
INSERT INTO teams.members AS m (team_id, code, name)
SELECT CAST(:team_id AS integer), code, name
  FROM unnest(CAST(:codes AS text[]), CAST(:names AS text[])) AS given (code, name)
ON CONFLICT (code) DO UPDATE
   SET name = CASE WHEN excluded.name = '' THEN m.name ELSE excluded.name END
 WHERE m.team_id = excluded.team_id
RETURNING code
