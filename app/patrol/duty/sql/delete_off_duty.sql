-- Delete fixes of a stretch that turn out to lie in no shift, or in a pause: nothing is kept off duty.
-- in: member_id, start, end (null: without end)
DELETE FROM patrol.fixes AS f
 WHERE f.member_id = :member_id AND f.at >= :start AND f.at <= coalesce(CAST(:end AS timestamptz), 'infinity')
   AND NOT EXISTS (SELECT FROM teams.shifts AS s
                    WHERE s.member_id = f.member_id AND s.ended >= f.at AND s.began <= f.at AND s.period @> f.at
                      AND NOT EXISTS (SELECT FROM teams.pauses AS p WHERE p.shift_id = s.id AND p.period @> f.at))
