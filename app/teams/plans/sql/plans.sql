-- A team's plans, the newest first; or one plan.
-- in: team (code, or null for all), id (or null)
SELECT p.id, t.code AS team, p.team_id, t.synthetic, p.name, p.edition_id, e.name AS edition, p.state,
       lower(p.period) AS start, upper(p.period) AS "end", p.settings, p.figures, p.based_on, p.made_by, p.made_at,
       p.published_at, p.version
  FROM teams.plans AS p
  JOIN teams.teams AS t ON t.id = p.team_id
  JOIN areas.editions AS e ON e.id = p.edition_id
 WHERE (CAST(:team AS text) IS NULL OR t.code = :team)
   AND (CAST(:id AS integer) IS NULL OR p.id = :id)
 ORDER BY p.made_at DESC, p.id DESC
