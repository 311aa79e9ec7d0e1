-- Where members worked in a window: what they left there (现场记录), unless their track was elsewhere at that moment.
-- in: member_ids, edition_id, start, end, away_m
-- out: cell (areas.cells.number), member_id, at (seconds since the window's start)
SELECT c.number AS cell, p.member_id,
       CAST(extract(epoch FROM p.at - CAST(:start AS timestamptz)) AS double precision) AS at
  FROM patrol.presences AS p
  JOIN areas.cells AS c ON c.id = p.cell_id AND c.edition_id = :edition_id
 WHERE p.member_id = ANY (:member_ids)
   AND p.at >= CAST(:start AS timestamptz) AND p.at < CAST(:end AS timestamptz)
   AND {credible}
