-- Store one category by scheme and code; the same again changes nothing.
-- In:  scheme, code, parent_code ('' for none), kind, name_zh, name_en, source, confidential, enforcement,
--      party_kind ('' for unknown), filing_zh, closing_zh.
-- Out: nothing.
INSERT INTO categories.categories AS c
       (scheme, code, parent_code, kind, name_zh, name_en, source, confidential, enforcement, party_kind,
        filing_zh, closing_zh)
VALUES (:scheme, :code, nullif(:parent_code, ''), :kind, :name_zh, :name_en, :source, :confidential, :enforcement,
        nullif(:party_kind, ''), :filing_zh, :closing_zh)
    ON CONFLICT (scheme, code) DO UPDATE
   SET parent_code = excluded.parent_code, kind = excluded.kind, name_zh = excluded.name_zh,
       name_en = excluded.name_en, source = excluded.source, confidential = excluded.confidential,
       enforcement = excluded.enforcement, party_kind = excluded.party_kind, filing_zh = excluded.filing_zh,
       closing_zh = excluded.closing_zh
 WHERE (c.parent_code, c.kind, c.name_zh, c.name_en, c.source, c.confidential, c.enforcement, c.party_kind,
        c.filing_zh, c.closing_zh)
       IS DISTINCT FROM
       (excluded.parent_code, excluded.kind, excluded.name_zh, excluded.name_en, excluded.source,
        excluded.confidential, excluded.enforcement, excluded.party_kind, excluded.filing_zh, excluded.closing_zh)
