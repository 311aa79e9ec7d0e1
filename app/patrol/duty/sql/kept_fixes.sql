-- How many raw fixes of a member are kept, and since when.
-- in: member_id
-- out: fixes, first_at
SELECT count(*) AS fixes, min(f.at) AS first_at FROM patrol.fixes AS f WHERE f.member_id = :member_id
