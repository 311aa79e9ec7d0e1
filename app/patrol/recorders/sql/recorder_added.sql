-- Keep a new recorder of a member.
-- in: member_id, name, hash (SHA-256 of its secret)
-- out: id, name, made_at, seen_at, ended_at
INSERT INTO patrol.recorders (member_id, name, secret_hash) VALUES (:member_id, :name, :hash)
RETURNING id, name, made_at, seen_at, ended_at
