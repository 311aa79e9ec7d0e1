-- All open cases: for staff of the whole district and the system.
-- Out: columns of cases.cases.
SELECT c.* FROM cases.cases AS c WHERE c.ended_at IS NULL
