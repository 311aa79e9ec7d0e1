-- Purpose: keep the old-to-new table of an edition's renumbered cells, in place of what it had.
-- In:  :edition_id, :table  JSON object: old code to [parent code, new codes ...]
WITH gone AS (DELETE FROM areas.renumberings WHERE edition_id = :edition_id)
INSERT INTO areas.renumberings (edition_id, parent_code, old_code, new_codes)
SELECT :edition_id, t.value ->> 0, t.key, ARRAY(SELECT jsonb_array_elements_text(t.value - 0))
  FROM jsonb_each(CAST(:table AS jsonb)) AS t
