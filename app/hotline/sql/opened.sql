-- Purpose: an order has become a case at its place.
-- In:  id, version, case_number, place_id, x, y (metres), community, street, why_zh, why_en
-- Out: version, or no row where somebody changed it meanwhile
UPDATE hotline.orders AS o
   SET state = 'opened', case_number = :case_number,
       case_id = (SELECT c.id FROM cases.cases AS c WHERE c.number = :case_number),
       place_id = CAST(:place_id AS integer), community = CAST(:community AS text), street = CAST(:street AS text),
       geom = ST_SetSRID(ST_MakePoint(:x, :y), (SELECT d.metric_srid FROM db.deployment AS d WHERE d.only_row)),
       why_zh = :why_zh, why_en = :why_en, version = o.version + 1
 WHERE o.id = :id AND o.version = :version AND o.state <> 'opened'
RETURNING o.version
