-- Change a shift to what follows from what was said.
-- in: id, member_id, start, end (null: without end), open, lapsed, by_phone, device, planned, planned_end (the roster's)
UPDATE teams.shifts
   SET period = tstzrange(:start, CAST(:end AS timestamptz)), open = :open, lapsed = :lapsed, by_phone = :by_phone,
       device = :device,
       rostered = CASE WHEN CAST(:planned AS timestamptz) IS NOT NULL
                       THEN tstzrange(CAST(:planned AS timestamptz), CAST(:planned_end AS timestamptz)) END
 WHERE id = :id AND member_id = :member_id
