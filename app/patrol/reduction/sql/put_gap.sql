-- Store a gap of a shift with the cells that could have been patrolled meanwhile.
-- in: shift_id, member_id, start (of the shift), begin, end (seconds since start), cells (areas.cells.id)
INSERT INTO patrol.gaps (shift_id, member_id, period, reachable)
VALUES (:shift_id, :member_id,
        tstzrange(CAST(:start AS timestamptz) + make_interval(secs => :begin),
                  CAST(:start AS timestamptz) + make_interval(secs => :end)),
        CAST(:cells AS integer[]))
