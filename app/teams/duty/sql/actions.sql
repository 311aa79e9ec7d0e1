-- What a member said of their duty since a moment.
-- in: member_id, since
SELECT a.action, a.at, a.device
  FROM teams.actions AS a
 WHERE a.member_id = :member_id AND a.at >= :since
 ORDER BY a.at
