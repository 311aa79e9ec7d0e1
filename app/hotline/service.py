"""Hotline orders (12345 工单): in from a workbook, placed by address, out again with what became of them."""
