-- Make the partitions that the arrived fixes need.
SELECT patrol.ensure_month(month)
  FROM (SELECT DISTINCT date_trunc('month', at, 'UTC') AS month FROM fix_arrivals WHERE why IS NULL) AS months
