"""A workbook of orders, stored and opened as cases."""
