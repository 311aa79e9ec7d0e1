-- Store the pauses of a shift.
-- in: shift_id, begins, ends (arrays of one length; null: it lasts)
INSERT INTO teams.pauses (shift_id, period)
SELECT :shift_id, tstzrange(begins, ends)
  FROM unnest(CAST(:begins AS timestamptz[]), CAST(:ends AS timestamptz[])) AS given (begins, ends)
