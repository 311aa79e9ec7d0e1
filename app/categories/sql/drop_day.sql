-- Remove one day of our own: what the library says holds again.
-- In:  day.
-- Out: nothing.
DELETE FROM categories.days WHERE day = :day
