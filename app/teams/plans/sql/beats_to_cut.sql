-- Beats of members that meet a time, with what is left of them before and behind it.
-- in: members (codes), start, end (null: without end)
-- out: id, rests (none, one or two ranges as text)
SELECT b.id,
       ARRAY(SELECT CAST(rest AS text)
               FROM unnest(tstzmultirange(b.period)
                           - tstzmultirange(tstzrange(CAST(:start AS timestamptz), CAST(:end AS timestamptz)))) AS rest
              ORDER BY rest) AS rests
  FROM teams.beats AS b
  JOIN teams.members AS m ON m.id = b.member_id
 WHERE m.code = ANY (CAST(:members AS text[]))
   AND b.period && tstzrange(CAST(:start AS timestamptz), CAST(:end AS timestamptz))
 ORDER BY b.id
