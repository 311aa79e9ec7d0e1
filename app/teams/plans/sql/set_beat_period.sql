-- Let a beat hold for another time.
-- in: id, period (a range as text)
UPDATE teams.beats SET period = CAST(:period AS tstzrange) WHERE id = :id
