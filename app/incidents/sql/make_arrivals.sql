-- The temporary table that a bulk load is copied into, gone with the transaction.
-- In:  nothing; `found` is 0 in a cell, 1 snapped, 2 outside; geometry is typed when it is moved on.
-- Out: nothing.
CREATE TEMPORARY TABLE arrivals (
  row_number  integer NOT NULL,
  source_id   text COLLATE "C" NOT NULL,
  reported_at timestamptz NOT NULL,
  category    text NOT NULL,
  description text NOT NULL,
  original_x  double precision NOT NULL,
  original_y  double precision NOT NULL,
  accuracy_m  real,
  found       integer NOT NULL,
  cell_id     integer,
  snapped_m   real,
  candidates  integer[],
  geom        geometry(Point)
) ON COMMIT DROP
