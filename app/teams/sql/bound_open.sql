-- A shift that goes on ends at the latest when a later one of the roster begins.
-- in: members, starts (arrays of one length)
UPDATE teams.shifts AS s
   SET period = tstzrange(lower(s.period), next.start)
  FROM (SELECT o.id, min(given.start) AS start
          FROM unnest(CAST(:members AS text[]), CAST(:starts AS timestamptz[])) AS given (code, start)
          JOIN teams.members AS m USING (code)
          JOIN teams.shifts AS o ON o.member_id = m.id AND o.open AND given.start >= lower(o.period) + interval '4 h'
         GROUP BY o.id) AS next
 WHERE s.id = next.id AND (upper_inf(s.period) OR upper(s.period) > next.start)
