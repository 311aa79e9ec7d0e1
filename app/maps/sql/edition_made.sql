-- Purpose: when a published edition was made, which is part of its name in addresses.
-- In:  edition (areas.editions.id)
-- Out: made_at
SELECT made_at FROM areas.editions WHERE id = :edition AND published_at IS NOT NULL;
