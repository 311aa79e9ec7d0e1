-- While whose consent was withdrawn? From each withdrawal to the next consent; of the members with arrived fixes.
CREATE TEMPORARY TABLE fix_withdrawn ON COMMIT DROP AS
SELECT m.id AS member_id, tstzrange(c.at, c.until) AS period
  FROM (SELECT c.account_id, c.given, c.at, lead(c.at) OVER (PARTITION BY c.account_id ORDER BY c.id) AS until
          FROM patrol.consents AS c) AS c
  JOIN teams.members AS m ON m.account_id = c.account_id
 WHERE NOT c.given AND c.at < c.until IS NOT FALSE AND m.id IN (SELECT a.member_id FROM fix_arrivals AS a)
