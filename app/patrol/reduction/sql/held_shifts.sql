-- Shifts to be reduced, held until the transaction ends: two at once take turns, the later one with the fixes of both.
-- in: shift_ids
-- out: id, member_id, began, ended (null: not yet), last_in (the end belongs to the shift), open,
--      pauses, resumes (arrays of one length, null for none; a resume is null while the pause lasts),
--      edition_id (what it was reduced on; null: not yet), settled (its raw fixes were deleted: its visits stand)
SELECT s.id, s.member_id, s.began, nullif(s.ended, 'infinity') AS ended, upper_inc(s.period) AS last_in, s.open,
       p.pauses, p.resumes, r.edition_id, coalesce(r.fixes_deleted_at IS NOT NULL, false) AS settled
  FROM teams.shifts AS s
  LEFT JOIN patrol.reductions AS r ON r.shift_id = s.id
  LEFT JOIN LATERAL (SELECT array_agg(lower(b.period) ORDER BY lower(b.period)) AS pauses,
                            array_agg(upper(b.period) ORDER BY lower(b.period)) AS resumes
                       FROM teams.pauses AS b WHERE b.shift_id = s.id) AS p ON true
 WHERE s.id = ANY (:shift_ids)
 ORDER BY s.id
   FOR UPDATE OF s
