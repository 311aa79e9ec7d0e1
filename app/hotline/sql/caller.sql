-- Purpose: who called. Personal data: the caller of this statement logs the look.
-- In:  order_id
-- Out: name, phone
SELECT c.name, c.phone FROM hotline.callers AS c WHERE c.order_id = :order_id
