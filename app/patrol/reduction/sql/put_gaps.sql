-- Store gaps of shifts with the cells that could have been patrolled meanwhile.
-- in: arrays of one length, one entry a gap: shift_ids, member_ids, begins, ends (microseconds since 1970),
--     cells (areas.cells.id, an array written as text)
INSERT INTO patrol.gaps (shift_id, member_id, period, reachable)
SELECT shift_id, member_id, tstzrange(timestamptz 'epoch' + "begin" * interval '1 us', timestamptz 'epoch' + "end" * interval '1 us'),
       CAST(cells AS integer[])
  FROM unnest(CAST(:shift_ids AS integer[]), CAST(:member_ids AS integer[]), CAST(:begins AS bigint[]),
              CAST(:ends AS bigint[]), CAST(:cells AS text[])) AS given (shift_id, member_id, "begin", "end", cells)
