-- Purpose: store an order, once per source and number, with who called apart.
-- In:  its columns; x, y (metres, NULL without a place); name, phone (personal data)
-- Out: id, or no row where it is stored already
WITH added AS (
  INSERT INTO hotline.orders (source, number, import_id, row_number, fingerprint, received_at, due_at, first_receiver,
         category_text, category, confidential, content, address, home, street, community, state, place_id, geom,
         accuracy_m, why_zh, why_en, candidates, returned, return_reason, contacted, solved, satisfied, synthetic)
  VALUES (:source, :number, :import_id, :row_number, :fingerprint, :received_at, :due_at, :receiver, :category_text,
          :category, :confidential, :content, :address, :home, :street, :community, :state, :place_id,
          CASE WHEN CAST(:x AS double precision) IS NOT NULL THEN ST_SetSRID(ST_MakePoint(:x, :y),
            (SELECT d.metric_srid FROM db.deployment AS d WHERE d.only_row)) END,
          :accuracy_m, :why_zh, :why_en, CAST(:candidates AS jsonb), :returned, :return_reason, :contacted, :solved,
          :satisfied, :synthetic)
      ON CONFLICT (source, number) DO NOTHING
  RETURNING id
)
SELECT a.id FROM added AS a
