-- Store the visits of a shift.
-- in: shift_id, member_id, start (of the shift); arrays of one length, one entry a span:
--     visits (number of the visit), cells (areas.cells.id), begins, ends (seconds since start), inferred, shared
INSERT INTO patrol.visits (shift_id, member_id, cell_id, period, seen, inferred, shared)
SELECT :shift_id, :member_id, cell, range_merge(range_agg(span)),
       coalesce(range_agg(span) FILTER (WHERE NOT shared), '{}'),
       coalesce(range_agg(span) FILTER (WHERE inferred), '{}'),
       coalesce(range_agg(span) FILTER (WHERE shared), '{}')
  FROM (SELECT visit, cell, inferred, shared,
               tstzrange(CAST(:start AS timestamptz) + make_interval(secs => "begin"),
                         CAST(:start AS timestamptz) + make_interval(secs => "end")) AS span
          FROM unnest(CAST(:visits AS integer[]), CAST(:cells AS integer[]), CAST(:begins AS double precision[]),
                      CAST(:ends AS double precision[]), CAST(:inferred AS boolean[]), CAST(:shared AS boolean[]))
               AS given (visit, cell, "begin", "end", inferred, shared)) AS spans
 WHERE NOT isempty(span)
 GROUP BY visit, cell
 ORDER BY visit
