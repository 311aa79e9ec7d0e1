-- Purpose: keep who called, until the case opens.
-- In:  order_id, name, phone
-- Out: nothing
INSERT INTO hotline.callers (order_id, name, phone) VALUES (:order_id, :name, :phone)
