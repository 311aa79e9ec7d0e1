-- Make the temporary table that fixes are copied into; it goes with the transaction. Why one isn't taken is said later.
DROP TABLE IF EXISTS pg_temp.fix_arrivals, pg_temp.fix_windows;
CREATE TEMPORARY TABLE fix_arrivals (
  row_number integer NOT NULL,
  member_id  integer NOT NULL,
  device     text NOT NULL,
  at         timestamptz NOT NULL,
  original_x double precision NOT NULL,
  original_y double precision NOT NULL,
  accuracy_m real,
  mock       integer NOT NULL,
  geom       geometry NOT NULL,
  why        text
) ON COMMIT DROP
