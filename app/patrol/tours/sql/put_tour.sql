-- Store a tour.
-- in: member_id, start, end, edition_id, settings, stops, figures (JSON texts), why
-- out: id, made_at
INSERT INTO patrol.tours (member_id, starts_at, ends_at, edition_id, settings, stops, figures, why)
VALUES (:member_id, :start, :end, :edition_id, CAST(:settings AS jsonb), CAST(:stops AS jsonb), CAST(:figures AS jsonb), :why)
RETURNING id, made_at
