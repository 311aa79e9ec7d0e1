-- Say of arrived fixes that are not to be stored why: outside every shift, in a pause, in a stretch that the member had
-- deleted, from while their consent was withdrawn, or of a shift whose raw fixes were deleted in time (its visits stand).
UPDATE fix_arrivals AS a
   SET why = CASE
         WHEN NOT EXISTS (SELECT FROM teams.shifts AS s WHERE s.member_id = a.member_id
                             AND s.ended >= a.at AND s.began <= a.at AND s.period @> a.at)
           THEN 'off-shift'
         WHEN EXISTS (SELECT FROM teams.shifts AS s
                        JOIN teams.pauses AS p ON p.shift_id = s.id AND p.period @> a.at
                       WHERE s.member_id = a.member_id AND s.ended >= a.at AND s.began <= a.at)
           THEN 'paused'
         WHEN EXISTS (SELECT FROM patrol.objections AS o WHERE o.member_id = a.member_id AND o.period @> a.at)
           THEN 'objected'
         WHEN EXISTS (SELECT FROM pg_temp.fix_withdrawn AS w WHERE w.member_id = a.member_id AND w.period @> a.at)
           THEN 'withdrawn'
         ELSE 'settled'
       END
 WHERE NOT EXISTS (
         SELECT FROM teams.shifts AS s
          WHERE s.member_id = a.member_id AND s.ended >= a.at AND s.began <= a.at AND s.period @> a.at
            AND NOT EXISTS (SELECT FROM teams.pauses AS p WHERE p.shift_id = s.id AND p.period @> a.at)
            AND NOT EXISTS (SELECT FROM patrol.reductions AS r
                             WHERE r.shift_id = s.id AND r.fixes_deleted_at IS NOT NULL))
    OR EXISTS (SELECT FROM patrol.objections AS o WHERE o.member_id = a.member_id AND o.period @> a.at)
    OR EXISTS (SELECT FROM pg_temp.fix_withdrawn AS w WHERE w.member_id = a.member_id AND w.period @> a.at)
