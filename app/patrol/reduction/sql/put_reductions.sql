-- Store how shifts were reduced.
-- in: rules (JSON); arrays of one length, one entry a shift: shift_ids, edition_ids, fixes, dropped (JSON as text),
--     without_accuracy; arrays of one length, one entry a stretch of track: shifts (place of the shift in the former,
--     from 1), begins, ends (microseconds since 1970), inferred
WITH spans AS (
  SELECT shift, inferred, tstzrange(timestamptz 'epoch' + "begin" * interval '1 us', timestamptz 'epoch' + "end" * interval '1 us') AS span
    FROM unnest(CAST(:shifts AS integer[]), CAST(:begins AS bigint[]), CAST(:ends AS bigint[]), CAST(:inferred AS boolean[]))
         AS given (shift, "begin", "end", inferred)
), tracks AS (
  SELECT shift, range_agg(span) AS tracked, range_agg(span) FILTER (WHERE inferred) AS inferred FROM spans GROUP BY shift
)
INSERT INTO patrol.reductions (shift_id, edition_id, rules, fixes, dropped, without_accuracy, tracked, inferred)
SELECT r.shift_id, r.edition_id, CAST(:rules AS jsonb), r.fixes, CAST(r.dropped AS jsonb), r.without_accuracy,
       coalesce(t.tracked, '{}'), coalesce(t.inferred, '{}')
  FROM unnest(CAST(:shift_ids AS integer[]), CAST(:edition_ids AS integer[]), CAST(:fixes AS integer[]),
              CAST(:dropped AS text[]), CAST(:without_accuracy AS integer[]))
       WITH ORDINALITY AS r (shift_id, edition_id, fixes, dropped, without_accuracy, shift)
  LEFT JOIN tracks AS t USING (shift)
