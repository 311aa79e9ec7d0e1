"""The walking network (路网): streets, paths and steps that members walk along, and the lines that nobody crosses on foot."""
