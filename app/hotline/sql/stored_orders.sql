-- Purpose: which of a file's orders are stored, to tell changed ones.
-- In:  source, numbers
-- Out: number, fingerprint and the columns that are compared
SELECT o.number, o.fingerprint, o.received_at, o.due_at, o.first_receiver, o.category_text, o.content, o.address,
       o.contacted, o.solved, o.satisfied
  FROM hotline.orders AS o
 WHERE o.source = :source AND o.number = ANY (:numbers)
