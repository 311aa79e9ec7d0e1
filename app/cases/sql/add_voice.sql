-- Keeps a voice note of a case, once.
-- In:  case_id, principal, seconds, sha256, mp3, now.
-- Out: id, new.
WITH added AS (
  INSERT INTO cases.voices (case_id, principal, added_at, seconds, sha256, mp3)
  VALUES (:case_id, :principal, :now, :seconds, :sha256, :mp3)
      ON CONFLICT (case_id, sha256) DO NOTHING
  RETURNING id
)
SELECT a.id, true AS new FROM added AS a
 UNION ALL
SELECT v.id, false FROM cases.voices AS v
 WHERE v.case_id = :case_id AND v.sha256 = :sha256 AND NOT EXISTS (SELECT FROM added)
