"""What a report is placed and judged by."""
