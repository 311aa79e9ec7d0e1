-- Delete a member's raw fixes of a stretch.
-- in: member_id, start, end (null: without)
DELETE FROM patrol.fixes AS f
 WHERE f.member_id = :member_id AND f.at >= coalesce(CAST(:start AS timestamptz), '-infinity')
   AND f.at < coalesce(CAST(:end AS timestamptz), 'infinity')
