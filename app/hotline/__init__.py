"""Hotline orders (12345 工单): in from xlsx, placed by address, out again with what became of them."""
