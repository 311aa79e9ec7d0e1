-- Condition on a presence p in a cell c: the member's track was not elsewhere at that moment. Put into others by a brace.
-- in: away_m (from the cell: elsewhere)
NOT EXISTS (SELECT
              FROM patrol.visits AS v
              JOIN areas.cells AS o ON o.id = v.cell_id
             WHERE v.member_id = p.member_id AND v.began <= p.at AND v.ended >= p.at AND v.seen @> p.at
               AND v.cell_id <> p.cell_id AND NOT ST_DWithin(o.geom, c.geom, :away_m))
