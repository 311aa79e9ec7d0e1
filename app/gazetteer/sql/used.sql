-- Purpose: a pick is confirmed by use.
-- In:  keys, place_ids (of the same length)
-- Out: nothing
UPDATE gazetteer.learned AS l
   SET uses = l.uses + 1, used_at = now()
  FROM unnest(CAST(:keys AS text[]), CAST(:place_ids AS integer[])) AS u (key, place_id)
 WHERE l.key = u.key AND l.place_id = u.place_id
