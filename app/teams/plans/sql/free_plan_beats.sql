-- Let nobody have some beats of a plan, so that members can change places.
-- in: id, numbers
UPDATE teams.plan_beats SET member_id = NULL
 WHERE plan_id = :id AND number = ANY (CAST(:numbers AS smallint[])) AND member_id IS NOT NULL
