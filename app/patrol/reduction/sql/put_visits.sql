-- Store visits of shifts.
-- in: arrays of one length, one entry a visit: shift_ids, member_ids, cells (areas.cells.id), fixes, accuracies (metres, null:
--     none stated); arrays of one length, one entry a span: visits (place of the visit in the former, from 1),
--     begins, ends (microseconds since 1970), inferred, shared
WITH spans AS (
  SELECT visit, inferred, shared, tstzrange(timestamptz 'epoch' + "begin" * interval '1 us', timestamptz 'epoch' + "end" * interval '1 us') AS span
    FROM unnest(CAST(:visits AS integer[]), CAST(:begins AS bigint[]), CAST(:ends AS bigint[]), CAST(:inferred AS boolean[]),
                CAST(:shared AS boolean[])) AS given (visit, "begin", "end", inferred, shared)
   WHERE "begin" < "end"
), seen AS (
  SELECT visit, range_merge(range_agg(span)) AS period,
         coalesce(range_agg(span) FILTER (WHERE NOT shared), '{}') AS seen,
         coalesce(range_agg(span) FILTER (WHERE inferred), '{}') AS inferred,
         coalesce(range_agg(span) FILTER (WHERE shared), '{}') AS shared
    FROM spans GROUP BY visit
)
INSERT INTO patrol.visits (shift_id, member_id, cell_id, period, seen, inferred, shared, fixes, accuracy_m)
SELECT v.shift_id, v.member_id, v.cell, s.period, s.seen, s.inferred, s.shared, v.fixes, v.accuracy
  FROM unnest(CAST(:shift_ids AS integer[]), CAST(:member_ids AS integer[]), CAST(:cells AS integer[]),
              CAST(:fixes AS integer[]), CAST(:accuracies AS real[]))
       WITH ORDINALITY AS v (shift_id, member_id, cell, fixes, accuracy, visit)
  JOIN seen AS s USING (visit)
