-- The latest tours of members that touch a window, as far as whoever asks may see them.
-- in: member_ids, start, end
-- out: id, member_id, member, team, synthetic, edition, start, "end", why, made_at, settings, stops, figures; by member, time
SELECT t.id, t.member_id, m.code AS member, x.code AS team, x.synthetic, e.name AS edition,
       t.starts_at AS start, t.ends_at AS "end", t.why, t.made_at, t.settings, t.stops, t.figures
  FROM patrol.tours AS t
  JOIN teams.members AS m ON m.id = t.member_id
  JOIN teams.teams AS x ON x.id = m.team_id
  JOIN areas.editions AS e ON e.id = t.edition_id
 WHERE t.member_id = ANY (:member_ids) AND t.current
   AND t.starts_at < CAST(:end AS timestamptz) AND t.ends_at > CAST(:start AS timestamptz)
 ORDER BY m.code, t.starts_at
