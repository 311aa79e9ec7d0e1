-- Purpose: the raw counts of the three rates (三率) by street: of those that were asked, how many said yes.
-- In:  home (NULL for all that one sees), since, until (on received_at; NULL for any)
-- Out: street, orders, should_contact, contacted, solved_asked, solved, satisfied_asked, satisfied, returned
SELECT coalesce(o.street, o.home) AS street, count(*) AS orders,
       count(o.contacted) AS should_contact, count(*) FILTER (WHERE o.contacted) AS contacted,
       count(o.solved) AS solved_asked, count(*) FILTER (WHERE o.solved) AS solved,
       count(o.satisfied) AS satisfied_asked, count(*) FILTER (WHERE o.satisfied) AS satisfied,
       count(*) FILTER (WHERE o.returned > 0) AS returned
  FROM hotline.orders AS o
 WHERE (CAST(:home AS text) IS NULL OR o.home = :home)
   AND (CAST(:since AS timestamptz) IS NULL OR o.received_at >= :since)
   AND (CAST(:until AS timestamptz) IS NULL OR o.received_at < :until)
 GROUP BY 1
 ORDER BY 1
