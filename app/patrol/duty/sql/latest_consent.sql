-- The last consent or withdrawal of an account.
-- in: account_id
-- out: version, given, at
SELECT c.version, c.given, c.at FROM patrol.consents AS c WHERE c.account_id = :account_id ORDER BY c.id DESC LIMIT 1
