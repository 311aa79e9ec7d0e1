-- Delete what has ended: sessions, one-time links, and tries and answers of more than a day ago; as the system.
-- In:  nothing.
-- Out: sessions, links, tries, answers: how many of each.
WITH sessions AS (
  DELETE FROM auth.sessions AS s WHERE s.ends_at <= now() OR s.seen_at <= now() - interval '2 hours' RETURNING 1
), links AS (
  DELETE FROM auth.links AS l WHERE l.ends_at <= now() RETURNING 1
), tries AS (
  DELETE FROM auth.tries AS t WHERE t.at <= now() - interval '1 day' RETURNING 1
), answers AS (
  DELETE FROM auth.answers AS a WHERE a.at <= now() - interval '1 day' RETURNING 1
)
SELECT (SELECT count(*) FROM sessions) AS sessions, (SELECT count(*) FROM links) AS links,
       (SELECT count(*) FROM tries) AS tries, (SELECT count(*) FROM answers) AS answers
