-- Make a team, or bring its name and ground up to date.
-- in: code, name, area_code (null where beats say what is owed), synthetic
-- out: id
INSERT INTO teams.teams (code, name, area_code, synthetic)
VALUES (:code, :name, :area_code, :synthetic)
ON CONFLICT (code) DO UPDATE
   SET name = excluded.name,
       area_code = coalesce(excluded.area_code, teams.area_code),
       synthetic = excluded.synthetic
RETURNING id
