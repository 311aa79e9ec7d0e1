-- Say who signs in as a member, and so sees their own track.
-- in: member (code), account_id (null: nobody)
UPDATE teams.members SET account_id = :account_id WHERE code = :member
