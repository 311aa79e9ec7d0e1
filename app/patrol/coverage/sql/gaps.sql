-- Gaps that leave time to dwell in a slot, and the cells within reach.
-- in: member_ids, starts, ends (arrays of one length: the slots), tau_s
-- out: slot (from 1), member_id, reachable (areas.cells.id)
SELECT slot.number AS slot, g.member_id, g.reachable
  FROM unnest(CAST(:starts AS timestamptz[]), CAST(:ends AS timestamptz[]))
       WITH ORDINALITY AS slot (start, "end", number)
  JOIN patrol.gaps AS g ON g.member_id = ANY (:member_ids)
       AND g.ended >= slot.start AND g.began <= slot."end" AND g.period && tstzrange(slot.start, slot."end")
 WHERE patrol.seconds(tstzmultirange(g.period * tstzrange(slot.start, slot."end"))) >= :tau_s
