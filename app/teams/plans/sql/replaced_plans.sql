-- Call plans replaced of which no beat holds any more.
UPDATE teams.plans AS p
   SET state = 'replaced', version = version + 1
 WHERE p.state = 'published'
   AND NOT EXISTS (SELECT FROM teams.beats AS b WHERE b.plan_id = p.id)
