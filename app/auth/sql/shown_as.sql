-- How accounts are shown to others.
-- In:  ids.
-- Out: id, shown.
SELECT s.id, s.shown FROM auth.shown_as(CAST(:ids AS integer[])) AS s
