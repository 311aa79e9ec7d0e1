-- One move of a case: its new state and the history of it, if nobody moved it meanwhile.
-- In:  id, version (that the move starts from); every column that a move may change, from category_id to outcome; x, y
--      (metres, NULL without a place); move, from_stage, principal, moved_party, reason, facts (JSON), now (timestamptz).
-- Out: one row: id, version; none if the version is another by now.
WITH moved AS (
  UPDATE cases.cases AS c
     SET category_id = CAST(:category_id AS integer), confidential = CAST(:confidential AS boolean),
         edition_id = CAST(:edition_id AS integer), cell_id = CAST(:cell_id AS integer),
         community = CAST(:community AS text), street = CAST(:street AS text),
         geom = CASE WHEN CAST(:x AS double precision) IS NOT NULL THEN
                  ST_SetSRID(ST_MakePoint(CAST(:x AS double precision), CAST(:y AS double precision)),
                             (SELECT d.metric_srid FROM db.deployment AS d WHERE d.only_row)) END,
         loop = CAST(:loop AS text), stage = CAST(:stage AS text), party_id = CAST(:party_id AS integer),
         parties = CAST(:parties AS integer[]), answer = CAST(:answer AS jsonb),
         handled_by = CAST(:handled_by AS integer), checked_by = CAST(:checked_by AS integer),
         due_at = CAST(:due_at AS timestamptz), stage_due_at = CAST(:stage_due_at AS timestamptz),
         clock = CAST(:clock AS jsonb), suspended_at = CAST(:suspended_at AS timestamptz),
         handled_at = CAST(:handled_at AS timestamptz), ended_at = CAST(:ended_at AS timestamptz),
         self_handled = CAST(:self_handled AS boolean), to_sample = CAST(:to_sample AS boolean),
         supervised = CAST(:supervised AS boolean), excused = CAST(:excused AS boolean),
         returned = CAST(:returned AS smallint), reworked = CAST(:reworked AS smallint),
         reopened = CAST(:reopened AS smallint), postponed = CAST(:postponed AS smallint),
         urged = CAST(:urged AS smallint), merged_into = CAST(:merged_into AS bigint), outcome = CAST(:outcome AS text),
         version = c.version + 1
   WHERE c.id = :id AND c.version = :version
  RETURNING c.id, c.number, c.version, c.stage, c.community
), history AS (
  INSERT INTO cases.transitions (case_id, at, move, from_stage, to_stage, principal, party_id, reason, facts)
  SELECT m.id, CAST(:now AS timestamptz), CAST(:move AS text), CAST(:from_stage AS text), m.stage,
         CAST(:principal AS text), CAST(:moved_party AS integer), CAST(:reason AS text), CAST(:facts AS jsonb)
    FROM moved AS m
)
SELECT m.id, m.version,
       pg_notify('gridward_cases', json_build_object('id', m.id, 'number', m.number, 'stage', m.stage,
                                                     'community', m.community)::text) AS told
  FROM moved AS m
