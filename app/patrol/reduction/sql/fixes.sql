-- Stored fixes of members in a stretch, packed: a row a member and device, not one a fix.
-- in: member_ids, start, end (both included; they pick the months)
-- out: member_id, device, fixes (of each: at, x, y (metres), accuracy_m (NaN: none stated), mock as PostgreSQL sends them,
--     for `decoding.py`; in any order)
SELECT f.member_id, f.device,
       string_agg(timestamptz_send(f.at) || float8send(ST_X(f.geom)) || float8send(ST_Y(f.geom))
                  || float4send(coalesce(f.accuracy_m, 'NaN')) || boolsend(f.mock), '') AS fixes
  FROM patrol.fixes AS f
 WHERE f.member_id = ANY (CAST(:member_ids AS integer[]))
   AND f.at >= CAST(:start AS timestamptz) AND f.at <= CAST(:end AS timestamptz)
 GROUP BY f.member_id, f.device
