-- Purpose: change a patch that is still at a version.
-- In:  id, version, kind, area_code, name_zh, name_en, starts, ends, shape (WKB or NULL)
-- Out: version; no row if somebody changed it meanwhile
UPDATE parties.patches
   SET kind = :kind, area_code = :area_code, name_zh = :name_zh, name_en = :name_en, period = tstzrange(:starts, :ends),
       geom = ST_Multi(ST_GeomFromWKB(CAST(:shape AS bytea), (SELECT d.metric_srid FROM db.deployment AS d WHERE d.only_row))),
       version = version + 1
 WHERE id = :id AND version = :version
RETURNING version;
