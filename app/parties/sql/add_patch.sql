-- Purpose: store a patch; one of the same code stays as it is.
-- In:  code, kind, area_code, name_zh, name_en, starts, ends, shape (WKB in the metric CRS, or NULL), synthetic
-- Out: id; no row if the code is taken
INSERT INTO parties.patches (code, kind, area_code, name_zh, name_en, period, geom, synthetic)
VALUES (:code, :kind, :area_code, :name_zh, :name_en, tstzrange(:starts, :ends),
        ST_Multi(ST_GeomFromWKB(CAST(:shape AS bytea), (SELECT d.metric_srid FROM db.deployment AS d WHERE d.only_row))), :synthetic)
    ON CONFLICT (code) DO NOTHING
RETURNING id;
