-- Forget that shifts were closed for want of an end: there is a later sign of life.
-- in: member_id, start, end
DELETE FROM teams.actions AS a
 WHERE a.member_id = :member_id AND a.action = 'lapse' AND a.at >= :start AND a.at < :end
