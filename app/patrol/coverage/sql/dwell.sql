-- Seconds that members dwelt in cells, and on streets along their sides, in each of some slots of time.
-- in: member_ids, edition_id, starts, ends (arrays of one length: the slots)
-- out: slot (from 1), member_id, cell (areas.cells.number), seconds (in the cell), inferred (of all of it), shared
SELECT slot.number AS slot, v.member_id, c.number AS cell,
       sum(patrol.seconds(v.seen * tstzmultirange(tstzrange(slot.start, slot."end")))) AS seconds,
       sum(patrol.seconds(v.inferred * tstzmultirange(tstzrange(slot.start, slot."end")))) AS inferred,
       sum(CASE WHEN isempty(v.shared) THEN 0
                ELSE patrol.seconds(v.shared * tstzmultirange(tstzrange(slot.start, slot."end"))) END) AS shared
  FROM unnest(CAST(:starts AS timestamptz[]), CAST(:ends AS timestamptz[]))
       WITH ORDINALITY AS slot (start, "end", number)
  JOIN patrol.visits AS v ON v.member_id = ANY (:member_ids)
       AND v.ended >= slot.start AND v.began <= slot."end" AND v.period && tstzrange(slot.start, slot."end")
  JOIN areas.cells AS c ON c.id = v.cell_id AND c.edition_id = :edition_id
 GROUP BY slot.number, v.member_id, c.number
