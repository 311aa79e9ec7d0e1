-- A roster that comes after its shift was begun on a phone: the shift keeps its times, and what the roster says of it.
-- in: members, starts, ends (arrays of one length)
UPDATE teams.shifts AS s
   SET rostered = tstzrange(given.start, given."end")
  FROM unnest(CAST(:members AS text[]), CAST(:starts AS timestamptz[]), CAST(:ends AS timestamptz[]))
       AS given (code, start, "end")
  JOIN teams.members AS m USING (code)
 WHERE s.member_id = m.id AND s.by_phone AND s.rostered IS NULL
   AND s.period && tstzrange(given.start, given."end")
   AND (NOT s.open OR given.start < lower(s.period) + interval '4 h')
