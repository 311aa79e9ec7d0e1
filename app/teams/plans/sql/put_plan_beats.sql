-- Store beats of a plan, or who has them and what they are called.
-- in: id, numbers, members (codes or nulls), names (arrays of one length)
INSERT INTO teams.plan_beats (plan_id, number, member_id, name)
SELECT :id, given.number, m.id, given.name
  FROM unnest(CAST(:numbers AS smallint[]), CAST(:members AS text[]), CAST(:names AS text[]))
       AS given (number, member, name)
  LEFT JOIN teams.members AS m ON m.code = given.member
    ON CONFLICT (plan_id, number) DO UPDATE SET member_id = EXCLUDED.member_id, name = EXCLUDED.name
