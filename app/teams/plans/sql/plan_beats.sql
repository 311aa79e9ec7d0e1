-- Beats of a plan by number, with the members that the asker may see.
-- in: id
SELECT b.number, m.code AS member, b.name, b.member_id IS NOT NULL AS taken
  FROM teams.plan_beats AS b
  LEFT JOIN teams.members AS m ON m.id = b.member_id
 WHERE b.plan_id = :id
 ORDER BY b.number
