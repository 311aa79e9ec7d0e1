-- Keep a notice word for word, the first time it is shown.
-- in: version, zh, en
INSERT INTO patrol.notices (version, zh, en) VALUES (:version, :zh, :en) ON CONFLICT DO NOTHING
