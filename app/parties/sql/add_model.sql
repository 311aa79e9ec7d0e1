-- Purpose: store a model that holds from a time to the next one.
-- In:  area_code, model, step, starts, ends, basis
-- Out: id
INSERT INTO parties.models (area_code, model, step, period, basis)
VALUES (:area_code, :model, :step, tstzrange(:starts, :ends), :basis)
RETURNING id;
