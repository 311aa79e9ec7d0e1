-- Purpose: incidents in a window, gathered by squares of a metric lattice; a small square parts all but neighbours.
--          Under row-level security the window itself finds no index: its cells do, or the period.
-- In:  west, south, east, north (WGS-84), cells (areas.cells.id in it, NULL if too many to name),
--      start, end (half-open), category ('' for all), square_m, most
-- Out: lon, lat (their middle, WGS-84), incidents, reported_at and category (of the newest)
WITH place AS MATERIALIZED (
  SELECT ST_Transform(ST_MakeEnvelope(:west, :south, :east, :north, 4326), srid) AS metric, srid
    FROM (SELECT Find_SRID('incidents', 'incidents', 'geom') AS srid OFFSET 0) AS stored
), seen AS (
  SELECT id, geom, reported_at, category
    FROM incidents.incidents
   WHERE cell_id = ANY (CAST(:cells AS integer[])) AND reported_at >= :start AND reported_at < :end AND NOT confidential
   UNION ALL
  SELECT id, geom, reported_at, category
    FROM incidents.incidents
   WHERE CAST(:cells AS integer[]) IS NOT NULL AND cell_id IS NULL
     AND reported_at >= :start AND reported_at < :end AND NOT confidential
   UNION ALL
  SELECT id, geom, reported_at, category
    FROM incidents.incidents
   WHERE CAST(:cells AS integer[]) IS NULL AND reported_at >= :start AND reported_at < :end AND NOT confidential
), gathered AS (
  SELECT avg(ST_X(geom)) AS x, avg(ST_Y(geom)) AS y, count(*) AS incidents,
         max(reported_at) AS reported_at,
         (array_agg(category ORDER BY reported_at DESC, id))[1] AS category
    FROM seen
   WHERE geom && (SELECT metric FROM place)
     AND (:category = '' OR category = :category)
   GROUP BY floor(ST_X(geom) / :square_m), floor(ST_Y(geom) / :square_m)
   ORDER BY incidents DESC
   LIMIT :most
)
SELECT ST_X(point) AS lon, ST_Y(point) AS lat, incidents, reported_at, category
  FROM (SELECT gathered.*, ST_Transform(ST_SetSRID(ST_MakePoint(x, y), place.srid), 4326) AS point
          FROM gathered, place
        OFFSET 0) AS placed;
