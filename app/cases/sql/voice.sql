-- One voice note of a case.
-- In:  case_id, id.
-- Out: mp3.
SELECT v.mp3 FROM cases.voices AS v WHERE v.case_id = :case_id AND v.id = :id
