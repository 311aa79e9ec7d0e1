-- Deletes voice notes of cases that ended before a time; a case that was reopened has not ended.
-- In:  before.
DELETE FROM cases.voices AS v
 USING cases.cases AS c
 WHERE c.id = v.case_id AND c.ended_at < :before
