-- What members left in one cell in a window: visits, whatever their length, with what shows them.
-- in: member_ids, cell_id, start, end
-- out: member_id, start, "end", seconds, shared_s, inferred_s (in the window), whole_s (of the whole visit), fixes, accuracy_m
SELECT v.member_id, lower(v.period) AS start, upper(v.period) AS "end",
       patrol.seconds(v.seen * w.during) AS seconds, patrol.seconds(v.shared * w.during) AS shared_s,
       patrol.seconds(v.inferred * w.during) AS inferred_s, patrol.seconds(v.seen + v.shared) AS whole_s,
       v.fixes, v.accuracy_m
  FROM patrol.visits AS v,
       (SELECT tstzmultirange(tstzrange(CAST(:start AS timestamptz), CAST(:end AS timestamptz))) AS during) AS w
 WHERE v.cell_id = :cell_id AND v.began <= CAST(:end AS timestamptz) AND v.ended >= CAST(:start AS timestamptz)
   AND v.member_id = ANY (:member_ids)
 ORDER BY v.began, v.id
