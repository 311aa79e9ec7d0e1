-- Purpose: end the model of an area that holds at a time.
-- In:  area_code, at
-- Out: nothing
UPDATE parties.models SET period = tstzrange(lower(period), :at)
 WHERE area_code = :area_code AND period @> CAST(:at AS timestamptz);
