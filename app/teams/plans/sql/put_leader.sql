-- Say whether a member leads the team.
-- in: member (code), leader
UPDATE teams.members SET leader = :leader WHERE code = :member
