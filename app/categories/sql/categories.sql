-- Every category in force.
-- In:  nothing.
-- Out: id, scheme, code, parent_code, kind, names, source, confidential, enforcement, party_kind, conditions.
SELECT c.id, c.scheme, c.code, c.parent_code, c.kind, c.name_zh, c.name_en, c.source, c.confidential,
       c.enforcement, c.party_kind, c.filing_zh, c.closing_zh
  FROM categories.categories AS c
 ORDER BY c.scheme COLLATE "C", c.code
