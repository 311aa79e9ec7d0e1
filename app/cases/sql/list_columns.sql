-- A fragment: what a list shows of a case c, its category k, its cell l, its party's name n.
c.id, c.number, c.source, c.stage, c.loop, k.scheme || ':' || k.code AS category, k.name_zh AS category_zh,
k.name_en AS category_en, left(c.description, 200) AS description, c.address, c.community, c.street, l.code AS cell,
c.party_id, n.zh AS party_zh, n.en AS party_en, c.reported_at, c.opened_at, c.due_at, c.stage_due_at, c.ended_at,
c.suspended_at IS NOT NULL AS suspended, c.urgent, c.supervised, c.excused, c.self_handled, c.confidential, c.returned,
c.reworked, c.urged, ARRAY(SELECT a.what FROM cases.applications AS a WHERE a.case_id = c.id AND a.decision IS NULL) AS pending,
c.reported_by, c.synthetic, c.version
