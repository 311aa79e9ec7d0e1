-- Store a shift said on a phone, or one of the roster anew.
-- in: member_id, start, end (null: without end), open, lapsed, by_phone, device, planned, planned_end (the roster's)
-- out: id
INSERT INTO teams.shifts (member_id, period, open, lapsed, by_phone, device, rostered)
VALUES (:member_id, tstzrange(:start, CAST(:end AS timestamptz)), :open, :lapsed, :by_phone, :device,
        CASE WHEN CAST(:planned AS timestamptz) IS NOT NULL
             THEN tstzrange(CAST(:planned AS timestamptz), CAST(:planned_end AS timestamptz)) END)
RETURNING id
