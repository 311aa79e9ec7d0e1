-- Stored fixes of members in a stretch, in binary for `decoding.py`.
-- in: member_ids, start, end (both included; they pick the months)
-- out: member_id, at, device, x, y (metres), accuracy_m, mock
COPY (SELECT f.member_id, f.at, f.device, ST_X(f.geom), ST_Y(f.geom), f.accuracy_m, f.mock
        FROM patrol.fixes AS f
       WHERE f.member_id = ANY (CAST(:member_ids AS integer[]))
         AND f.at >= CAST(:start AS timestamptz) AND f.at <= CAST(:end AS timestamptz)) TO STDOUT (FORMAT BINARY)
