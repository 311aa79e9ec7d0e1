-- Store how a shift was reduced.
-- in: shift_id, edition_id, start (of the shift), rules, dropped (JSON), fixes, without_accuracy;
--     begins, ends (seconds since start), inferred: arrays of one length, one entry a joined segment of the track
WITH spans AS (
  SELECT inferred, tstzrange(CAST(:start AS timestamptz) + make_interval(secs => "begin"),
                             CAST(:start AS timestamptz) + make_interval(secs => "end")) AS span
    FROM unnest(CAST(:begins AS double precision[]), CAST(:ends AS double precision[]),
                CAST(:inferred AS boolean[])) AS given ("begin", "end", inferred)
)
INSERT INTO patrol.reductions
       (shift_id, edition_id, rules, fixes, dropped, without_accuracy, tracked, inferred)
SELECT :shift_id, :edition_id, CAST(:rules AS jsonb), :fixes, CAST(:dropped AS jsonb), :without_accuracy,
       coalesce(range_agg(span), '{}'), coalesce(range_agg(span) FILTER (WHERE inferred), '{}')
  FROM spans
