-- Absences of a team's members that touch a time.
-- in: team (code), start, end (null: without)
SELECT a.id, m.code AS member, lower(a.period) AS start, upper(a.period) AS "end"
  FROM teams.absences AS a
  JOIN teams.members AS m ON m.id = a.member_id
  JOIN teams.teams AS t ON t.id = m.team_id
 WHERE t.code = :team AND a.period && tstzrange(CAST(:start AS timestamptz), CAST(:end AS timestamptz))
 ORDER BY m.code, a.period
