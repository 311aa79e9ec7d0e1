-- Delete fixes from before a moment that belong to no shift any more.
-- in: before
DELETE FROM patrol.fixes AS f
 WHERE f.at < :before AND f.received_at <= :before
   AND NOT EXISTS (SELECT FROM teams.shifts AS s
                    WHERE s.member_id = f.member_id AND s.ended >= f.at AND s.began <= f.at AND s.period @> f.at)
