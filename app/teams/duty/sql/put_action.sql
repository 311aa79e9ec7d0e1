-- Keep what a member said of their duty, once.
-- in: member_id, device, action, said_at (by the phone's clock), at
-- out: fresh, at (as kept the first time)
WITH put AS (
  INSERT INTO teams.actions (member_id, device, action, said_at, at)
  VALUES (:member_id, :device, :action, :said_at, :at)
  ON CONFLICT DO NOTHING
  RETURNING at
)
SELECT true AS fresh, p.at FROM put AS p
 UNION ALL
SELECT false, a.at
  FROM teams.actions AS a
 WHERE a.member_id = :member_id AND a.device = :device AND a.action = :action AND a.said_at = :said_at
