-- How far does whoever asks see?
-- Out: everything (the system, or staff of the whole district); ground (staff of some community).
SELECT auth.sees_all() AS everything, cardinality(auth.my_communities()) > 0 AS ground
