-- One case as it stands, if whoever asks may see it.
-- In:  number.
-- Out: one row or none: the columns of cases.cases; x, y (metres); cell (code); category (key), category_zh, category_en,
--      kind, closing_zh; party_zh, party_en (names now); party_chain, assisting (ids with the bodies above); pending
--      (JSON: what -> whose); moments (of its photos); district (code); main (number of the case it was merged into).
SELECT c.*, ST_X(c.geom) AS x, ST_Y(c.geom) AS y, l.code AS cell,
       k.scheme || ':' || k.code AS category, k.name_zh AS category_zh, k.name_en AS category_en, k.kind, k.closing_zh,
       n.zh AS party_zh, n.en AS party_en,
       ARRAY(WITH RECURSIVE up AS (
               SELECT p.id, p.parent_id FROM parties.parties AS p WHERE p.id = c.party_id
                UNION
               SELECT p.id, p.parent_id FROM up AS u JOIN parties.parties AS p ON p.id = u.parent_id)
             SELECT up.id FROM up) AS party_chain,
       ARRAY(WITH RECURSIVE up AS (
               SELECT p.id, p.parent_id
                 FROM cases.tasks AS t
                 JOIN parties.parties AS p ON p.id = t.party_id
                WHERE t.case_id = c.id AND t.role = 'assist' AND t.stage IN ('dispatched', 'signed')
                UNION
               SELECT p.id, p.parent_id FROM up AS u JOIN parties.parties AS p ON p.id = u.parent_id)
             SELECT up.id FROM up) AS assisting,
       (SELECT coalesce(jsonb_object_agg(a.what, a.made_by), '{}')
          FROM cases.applications AS a WHERE a.case_id = c.id AND a.decision IS NULL) AS pending,
       ARRAY(SELECT DISTINCT p.moment FROM cases.photos AS p WHERE p.case_id = c.id) AS moments,
       coalesce((SELECT s.parent_code FROM areas.areas AS s
                  WHERE s.edition_id = c.edition_id AND s.level = 'street' AND s.code = c.street),
                (SELECT min(d.code) FROM areas.areas AS d WHERE d.edition_id = c.edition_id AND d.level = 'district'))
         AS district,
       (SELECT m.number FROM cases.cases AS m WHERE m.id = c.merged_into) AS main
  FROM cases.cases AS c
  JOIN categories.categories AS k ON k.id = c.category_id
  LEFT JOIN areas.cells AS l ON l.id = c.cell_id
  LEFT JOIN parties.names AS n ON n.party_id = c.party_id AND n.period @> now()
 WHERE c.number = :number
