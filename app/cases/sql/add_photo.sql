-- Keeps a photo of a case, once.
-- In:  case_id, moment, principal, taken_at, distance_m (NULL if unknown), sha256, likeness, width, height, jpeg, now.
-- Out: id, new.
WITH added AS (
  INSERT INTO cases.photos (case_id, moment, principal, added_at, taken_at, distance_m, sha256, likeness, width, height, jpeg)
  VALUES (:case_id, :moment, :principal, :now, CAST(:taken_at AS timestamptz), CAST(:distance_m AS real), :sha256,
          :likeness, :width, :height, :jpeg)
      ON CONFLICT (case_id, sha256) DO NOTHING
  RETURNING id
)
SELECT a.id, true AS new FROM added AS a
 UNION ALL
SELECT p.id, false FROM cases.photos AS p
 WHERE p.case_id = :case_id AND p.sha256 = :sha256 AND NOT EXISTS (SELECT FROM added)
