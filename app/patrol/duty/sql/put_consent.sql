-- Keep a consent, or its withdrawal.
-- in: account_id, version, given
-- out: at
INSERT INTO patrol.consents (account_id, version, given) VALUES (:account_id, :version, :given) RETURNING at
