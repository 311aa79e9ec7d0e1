-- List teams with how many members, beats and shifts they have.
SELECT t.id, t.code, t.name, t.area_code, t.synthetic,
       (SELECT count(*) FROM teams.members AS m WHERE m.team_id = t.id) AS members,
       (SELECT count(*) FROM teams.beats AS b WHERE b.team_id = t.id) AS beats,
       (SELECT count(*) FROM teams.shifts AS s JOIN teams.members AS m ON m.id = s.member_id
         WHERE m.team_id = t.id) AS shifts,
       (SELECT min(lower(s.period)) FROM teams.shifts AS s JOIN teams.members AS m ON m.id = s.member_id
         WHERE m.team_id = t.id) AS first_shift,
       (SELECT max(upper(s.period)) FROM teams.shifts AS s JOIN teams.members AS m ON m.id = s.member_id
         WHERE m.team_id = t.id) AS last_shift
  FROM teams.teams AS t
 ORDER BY t.code
