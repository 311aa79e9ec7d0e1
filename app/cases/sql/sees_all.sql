-- Is it the system who asks, or staff of the whole district?
-- Out: one boolean.
SELECT auth.sees_all()
