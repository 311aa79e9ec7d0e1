-- Remove a member's absences that another one meets, and say what they are together.
-- in: member (code), start, end (null: without end)
-- out: a range as text
WITH taken AS (
  DELETE FROM teams.absences AS a
   USING teams.members AS m
   WHERE m.id = a.member_id AND m.code = :member
     AND (a.period && tstzrange(CAST(:start AS timestamptz), CAST(:end AS timestamptz))
          OR a.period -|- tstzrange(CAST(:start AS timestamptz), CAST(:end AS timestamptz)))
  RETURNING a.period
)
SELECT CAST(range_merge(range_agg(one.period)) AS text)
  FROM (SELECT period FROM taken
        UNION ALL
        SELECT tstzrange(CAST(:start AS timestamptz), CAST(:end AS timestamptz))) AS one
