"""The case from report to closure (案件): stages, tasks, deadlines, duplicates, photos."""
