-- Links two cases, both ways; a duplicate outweighs a relation.
-- In:  a, b (ids), what, principal, now.
INSERT INTO cases.links (case_id, other_id, what, principal, at)
VALUES (:a, :b, :what, :principal, :now), (:b, :a, :what, :principal, :now)
    ON CONFLICT (case_id, other_id) DO UPDATE SET what = excluded.what, at = excluded.at
