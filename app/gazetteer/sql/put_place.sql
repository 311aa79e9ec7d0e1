-- Purpose: store a place, or change the one with its code; the same again changes nothing.
-- In:  kind, code, name, parent_id, aliases, address, heads, building, unit, community, x, y (metres), source, synthetic
-- Out: id, or no row where nothing changed
INSERT INTO gazetteer.places AS p
       (kind, code, name, parent_id, aliases, address, heads, building, unit, community, geom, source, synthetic)
SELECT :kind, :code, :name, CAST(:parent_id AS integer), CAST(:aliases AS text[]), :address, CAST(:heads AS text[]),
       :building, :unit, CAST(:community AS text),
       ST_SetSRID(ST_MakePoint(:x, :y), (SELECT d.metric_srid FROM db.deployment AS d WHERE d.only_row)), :source,
       :synthetic
    ON CONFLICT (code) DO UPDATE
   SET kind = excluded.kind, name = excluded.name, parent_id = excluded.parent_id, aliases = excluded.aliases,
       address = excluded.address, heads = excluded.heads, building = excluded.building, unit = excluded.unit,
       community = excluded.community, geom = excluded.geom, source = excluded.source
 WHERE (p.kind, p.name, p.parent_id, p.aliases, p.address, p.heads, p.building, p.unit, p.community)
       IS DISTINCT FROM
       (excluded.kind, excluded.name, excluded.parent_id, excluded.aliases, excluded.address, excluded.heads,
        excluded.building, excluded.unit, excluded.community)
    OR NOT ST_Equals(p.geom, excluded.geom)
RETURNING id
