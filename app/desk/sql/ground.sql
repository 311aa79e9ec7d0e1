-- The names of the areas and parties of someone's grants, and whether any of it is invented.
-- In: :codes, codes of areas; :parties, ids of parties. Out: names (text[]), synthetic.
WITH named AS (
  SELECT a.name, a.synthetic, a.code AS sorted
    FROM areas.areas AS a
   WHERE a.code = ANY (CAST(:codes AS text[])) AND a.level <> 'neighbour' AND a.validity @> now()
   UNION
  SELECT n.zh, p.synthetic, 'p' || p.code
    FROM parties.parties AS p
    JOIN parties.names AS n ON n.party_id = p.id AND n.period @> now()
   WHERE p.id = ANY (CAST(:parties AS integer[]))
)
SELECT coalesce((SELECT array_agg(name ORDER BY sorted) FROM named), '{}') AS names,
       coalesce((SELECT bool_or(synthetic) FROM named), false)
         OR coalesce((SELECT bool_or(e.synthetic) FROM areas.editions AS e WHERE e.validity @> now()), false) AS synthetic
