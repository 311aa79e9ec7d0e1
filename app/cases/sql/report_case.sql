-- One report, in one statement.
-- Incident, case, history, task of the party, reporter, notices; one of the two hot writes.
-- In the braces go bearings.sql and incidents/sql/add_incident.sql. Nothing is stored if (incident_source, source_id) is
-- stored already, or if it was judged by an edition or by rules that don't hold any more.
-- In:  as add_incident.sql; kind (where from: cases.source), category_id, address, edition_id, street, stage, party_id
--      (NULL: nobody yet), parties (ids), answer, clock (JSON), due_at, stage_due_at, urgent, follow_hash, now
--      (timestamptz), timezone (of the number's date), history (JSON: move, from_stage, to_stage, party_id, reason,
--      facts), principal, name, phone (of whoever complained, '' for none), party_notices (ids), told (what they are told);
--      state (of the rules that it was judged by); key (Idempotency-Key that was claimed, NULL for none), answer_is (JSON,
--      without the number), answer_at (its address, without the number).
-- Out: one row: id, number; none if it was not stored.
WITH judged AS (
  SELECT b.metric_srid FROM (
{bearings}
) AS b WHERE b.edition_id = CAST(:edition_id AS integer) AND b.state = CAST(:state AS text)
), incident AS (
{add_incident}
), numbered AS (
  SELECT nextval('cases.numbers')::text AS n, i.id, i.metric_srid
    FROM (SELECT s.id, j.metric_srid FROM incident AS s, judged AS j
           UNION ALL SELECT NULL, j.metric_srid FROM judged AS j WHERE NOT CAST(:has_place AS boolean)) AS i
), opened AS (
  INSERT INTO cases.cases
         (number, incident_id, source, category_id, confidential, description, address, edition_id, cell_id, community,
          street, geom, stage, party_id, parties, answer, reported_by, reported_at, opened_at, due_at, stage_due_at,
          clock, urgent, follow_hash, synthetic)
  SELECT to_char(CAST(:now AS timestamptz) AT TIME ZONE :timezone, 'YYYYMMDD') || lpad(n.n, greatest(6, length(n.n)), '0'),
         n.id, CAST(:kind AS text), CAST(:category_id AS integer), CAST(:confidential AS boolean),
         CAST(:description AS text), CAST(:address AS text), CAST(:edition_id AS integer), CAST(:cell_id AS integer),
         CAST(:community AS text), CAST(:street AS text),
         CASE WHEN CAST(:has_place AS boolean) THEN
           ST_SetSRID(ST_MakePoint(CAST(:x AS double precision), CAST(:y AS double precision)), n.metric_srid) END,
         CAST(:stage AS text), CAST(:party_id AS integer), CAST(:parties AS integer[]), CAST(:answer AS jsonb),
         CAST(:reported_by AS integer), CAST(:at AS timestamptz), CAST(:now AS timestamptz),
         CAST(:due_at AS timestamptz), CAST(:stage_due_at AS timestamptz), CAST(:clock AS jsonb),
         CAST(:urgent AS boolean), CAST(:follow_hash AS bytea), CAST(:synthetic AS boolean)
    FROM numbered AS n
  RETURNING id, number, stage, community, party_id, stage_due_at
), history AS (
  INSERT INTO cases.transitions (case_id, at, move, from_stage, to_stage, principal, party_id, reason, facts)
  SELECT o.id, CAST(:now AS timestamptz), h.move, h.from_stage, h.to_stage, CAST(:principal AS text), h.party_id,
         coalesce(h.reason, ''), coalesce(h.facts, '{}')
    FROM opened AS o,
         ROWS FROM (jsonb_to_recordset(CAST(:history AS jsonb))
           AS (move text, from_stage text, to_stage text, party_id integer, reason text, facts jsonb))
           WITH ORDINALITY AS h (move, from_stage, to_stage, party_id, reason, facts, place)
   ORDER BY h.place
), task AS (
  INSERT INTO cases.tasks (case_id, party_id, role, made_at, due_at)
  SELECT o.id, o.party_id, 'lead', CAST(:now AS timestamptz), o.stage_due_at FROM opened AS o WHERE o.stage = 'dispatched'
), reporter AS (
  INSERT INTO cases.reporters (case_id, name, phone, made_at)
  SELECT o.id, CAST(:name AS text), CAST(:phone AS text), CAST(:now AS timestamptz)
    FROM opened AS o
   WHERE CAST(:name AS text) <> '' OR CAST(:phone AS text) <> ''
), notices AS (
  INSERT INTO cases.notices (case_id, party_id, at, what)
  SELECT o.id, p.id, CAST(:now AS timestamptz), CAST(:told AS text)
    FROM opened AS o, unnest(CAST(:party_notices AS integer[])) AS p(id)
)
SELECT o.id, o.number,
       pg_notify('gridward_cases', json_build_object('id', o.id, 'number', o.number, 'stage', o.stage,
                                                     'community', o.community)::text) AS told,
       CASE WHEN CAST(:key AS text) IS NOT NULL THEN
         auth.keep(CAST(:key AS text), 201, jsonb_build_object('Location', CAST(:answer_at AS text) || o.number),
                   CAST(:answer_is AS jsonb) || jsonb_build_object('number', o.number)) END AS kept
  FROM opened AS o
