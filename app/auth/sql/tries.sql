-- Failed tries of a source.
-- In:  source, counted_s: how many seconds back they count.
-- Out: failures, since_s: seconds since the last of them (NULL without one).
SELECT count(*) AS failures,
       CAST(extract(epoch FROM clock_timestamp() - max(t.at)) AS double precision) AS since_s
  FROM auth.tries AS t
 WHERE t.source = :source AND t.at > clock_timestamp() - make_interval(secs => :counted_s)
