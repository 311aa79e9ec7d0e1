-- A member's own fixes in some spans of time; row-level security shows nobody else's.
-- in: member_ids, starts, ends (arrays of one length)
-- out: span (from 1), at, lon, lat, accuracy_m
SELECT given.number AS span, f.at, ST_X(p.geom) AS lon, ST_Y(p.geom) AS lat,
       CAST(f.accuracy_m AS double precision) AS accuracy_m
  FROM unnest(CAST(:starts AS timestamptz[]), CAST(:ends AS timestamptz[]))
       WITH ORDINALITY AS given (start, "end", number)
  JOIN patrol.fixes AS f ON f.member_id = ANY (:member_ids) AND f.at BETWEEN given.start AND given."end"
 CROSS JOIN LATERAL (SELECT ST_Transform(f.geom, 4326) AS geom) AS p
 ORDER BY given.number, f.at
