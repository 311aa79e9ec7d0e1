"""From a report to its open case."""
