-- The members as whom the asker walks.
-- out: code
SELECT m.code FROM teams.members AS m WHERE m.account_id = (SELECT auth.me())
