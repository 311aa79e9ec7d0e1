-- Store a plan as a draft.
-- in: team_id, name, edition_id, settings, figures (JSON), based_on
-- out: id
INSERT INTO teams.plans (team_id, name, edition_id, settings, figures, based_on)
VALUES (:team_id, :name, :edition_id, CAST(:settings AS jsonb), CAST(:figures AS jsonb), :based_on)
RETURNING id
