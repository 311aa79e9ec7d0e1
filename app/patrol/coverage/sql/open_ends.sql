-- What shifts that go on leave open since the last fix that counts, up to now: they were reduced when fixes came, not since.
-- in: member_ids, edition_id, starts, ends (arrays of one length: the slots), tau_s, speed_max (metres per second)
-- out: slot (from 1), member_id, reachable (areas.cells.id: there was time to walk there from the last cell visited, and to
--      dwell; null: no cell was), span (ranges without a position in the slot), where the slot leaves time to dwell
SELECT slot.number AS slot, o.member_id, reach.cells AS reachable, lost.span * tstzmultirange(tstzrange(slot.start, slot."end")) AS span
  FROM (SELECT s.id, s.member_id, coalesce(upper(r.tracked), s.began) AS known, least(now(), s.began + interval '24 hours', s.ended) AS until
          FROM teams.shifts AS s
          JOIN patrol.reductions AS r ON r.shift_id = s.id AND r.edition_id = :edition_id AND r.fixes_deleted_at IS NULL
         WHERE s.open AND s.member_id = ANY (:member_ids)) AS o
  JOIN LATERAL (SELECT tstzmultirange(tstzrange(o.known, greatest(o.until, o.known)))
                       - coalesce((SELECT range_agg(p.period) FROM teams.pauses AS p WHERE p.shift_id = o.id), '{}') AS span) AS lost ON true
  LEFT JOIN LATERAL (SELECT v.cell_id, v.ended FROM patrol.visits AS v WHERE v.shift_id = o.id ORDER BY v.ended DESC LIMIT 1)
       AS last ON true
  JOIN unnest(CAST(:starts AS timestamptz[]), CAST(:ends AS timestamptz[]))
       WITH ORDINALITY AS slot (start, "end", number)
       ON patrol.seconds(lost.span * tstzmultirange(tstzrange(slot.start, slot."end"))) >= :tau_s
  LEFT JOIN LATERAL (SELECT array_agg(c.id) AS cells
                       FROM areas.cells AS l
                       JOIN areas.cells AS c ON c.edition_id = l.edition_id
                        AND ST_DWithin(c.geom, l.geom, greatest(0, :speed_max * (extract(epoch FROM least(slot."end", o.until) - last.ended) - :tau_s)))
                      WHERE l.id = last.cell_id) AS reach ON true
