-- Purpose: who called is kept with the case alone, once it is open.
-- In:  order_id
-- Out: nothing
DELETE FROM hotline.callers WHERE order_id = :order_id
