-- Which of these shifts aren't stored as given, because another one of the same member is in the way?
-- in: members, starts, ends (arrays of one length)
-- out: number (place in the arrays, from 1), code, start, "end", and stored: the shift in the way
SELECT given.number, given.code, given.start, given."end", CAST(s.period AS text) AS stored
  FROM unnest(CAST(:members AS text[]), CAST(:starts AS timestamptz[]), CAST(:ends AS timestamptz[]))
       WITH ORDINALITY AS given (code, start, "end", number)
  JOIN teams.members AS m USING (code)
  JOIN teams.shifts AS s ON s.member_id = m.id
       AND s.ended >= given.start AND s.began <= given."end" AND s.period && tstzrange(given.start, given."end")
 WHERE s.period <> tstzrange(given.start, given."end")
   AND s.rostered IS DISTINCT FROM tstzrange(given.start, given."end")
 ORDER BY given.number
