-- Purpose: remove an absence that lies ahead, or end one that has begun.
-- In:  id, at
-- Out: id
WITH ended AS (
  UPDATE parties.absences SET period = tstzrange(lower(period), :at)
   WHERE id = :id AND (lower_inf(period) OR lower(period) < :at) AND (upper_inf(period) OR upper(period) > :at)
  RETURNING id
), dropped AS (
  DELETE FROM parties.absences WHERE id = :id AND lower(period) >= :at RETURNING id
)
SELECT id FROM ended UNION ALL SELECT id FROM dropped;
