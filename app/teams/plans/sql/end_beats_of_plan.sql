-- End the beats of a plan at a time: what lies before stays.
-- in: id, since
WITH gone AS (
  DELETE FROM teams.beats WHERE plan_id = :id AND lower(period) >= CAST(:since AS timestamptz)
)
UPDATE teams.beats
   SET period = tstzrange(lower(period), CAST(:since AS timestamptz))
 WHERE plan_id = :id AND lower(period) < CAST(:since AS timestamptz) AND period @> CAST(:since AS timestamptz)
