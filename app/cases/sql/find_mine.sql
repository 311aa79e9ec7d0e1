-- A fragment of find.sql for everybody else: of each community of one's ground, of each of one's parties, of what these
-- assist with or gave away, and of one's own reports the newest, each by its index. The policy alone would have every case looked
-- at until enough are found that one may see. In the braces go its conditions.
SELECT o.id
  FROM ((SELECT n.id, n.reported_at
           FROM unnest((SELECT auth.my_communities())::text[]) AS ground(community)
          CROSS JOIN LATERAL (SELECT c.id, c.reported_at FROM cases.cases AS c
                               WHERE c.community = ground.community AND {conditions}
                               ORDER BY c.reported_at DESC, c.id DESC
                               LIMIT :most) AS n)
         UNION
        (SELECT n.id, n.reported_at
           FROM unnest((SELECT auth.my_parties())::integer[]) AS party(id)
          CROSS JOIN LATERAL (SELECT c.id, c.reported_at FROM cases.cases AS c
                               WHERE c.party_id = party.id AND {conditions}
                               ORDER BY c.reported_at DESC, c.id DESC
                               LIMIT :most) AS n)
         UNION
        (SELECT c.id, c.reported_at
           FROM cases.tasks AS t
           JOIN cases.cases AS c ON c.id = t.case_id
          WHERE t.party_id = ANY ((SELECT auth.my_parties())::integer[])
            AND (t.role = 'assist' OR t.stage = 'withdrawn') AND {conditions}
          ORDER BY c.reported_at DESC, c.id DESC
          LIMIT :most)
         UNION
        (SELECT c.id, c.reported_at FROM cases.cases AS c
          WHERE c.reported_by = (SELECT auth.me()) AND {conditions}
          ORDER BY c.reported_at DESC, c.id DESC
          LIMIT :most)) AS o
 ORDER BY o.reported_at DESC, o.id DESC
 LIMIT :most
