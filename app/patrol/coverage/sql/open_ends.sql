-- What shifts that go on leave open since the last fix that counts, up to now: they were reduced when fixes came, not since.
-- in: member_ids, edition_id, starts, ends (arrays of one length: the slots), tau_s, speed_max (metres per second)
-- out: slot (from 1), member_id, last (areas.cells.number of the last cell visited; null: none was), metres (that there was
--      time to walk from there, and to dwell), span (ranges without a position in the slot), where the slot leaves time to dwell
SELECT slot.number AS slot, o.member_id, last.number AS last,
       CAST(greatest(0, :speed_max * (extract(epoch FROM least(slot."end", o.until) - last.ended) - :tau_s)) AS double precision) AS metres,
       lost.span * tstzmultirange(tstzrange(slot.start, slot."end")) AS span
  FROM (SELECT s.id, s.member_id, coalesce(upper(r.tracked), s.began) AS known, least(now(), s.began + interval '24 hours', s.ended) AS until
          FROM teams.shifts AS s
          JOIN patrol.reductions AS r ON r.shift_id = s.id AND r.edition_id = :edition_id AND r.fixes_deleted_at IS NULL
         WHERE s.open AND s.member_id = ANY (:member_ids)) AS o
  JOIN LATERAL (SELECT tstzmultirange(tstzrange(o.known, greatest(o.until, o.known)))
                       - coalesce((SELECT range_agg(p.period) FROM teams.pauses AS p WHERE p.shift_id = o.id), '{}') AS span) AS lost ON true
  LEFT JOIN LATERAL (SELECT c.number, v.ended FROM patrol.visits AS v JOIN areas.cells AS c ON c.id = v.cell_id
                      WHERE v.shift_id = o.id ORDER BY v.ended DESC LIMIT 1)
       AS last ON true
  JOIN unnest(CAST(:starts AS timestamptz[]), CAST(:ends AS timestamptz[]))
       WITH ORDINALITY AS slot (start, "end", number)
       ON patrol.seconds(lost.span * tstzmultirange(tstzrange(slot.start, slot."end"))) >= :tau_s
