-- Store shifts; one that overlaps a stored one is left out.
-- in: members, starts, ends (arrays of one length)
INSERT INTO teams.shifts (member_id, period)
SELECT m.id, tstzrange(start, "end")
  FROM unnest(CAST(:members AS text[]), CAST(:starts AS timestamptz[]), CAST(:ends AS timestamptz[]))
       AS given (code, start, "end")
  JOIN teams.members AS m USING (code)
ON CONFLICT DO NOTHING
