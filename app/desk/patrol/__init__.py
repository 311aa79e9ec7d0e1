"""The patrol desk (巡查工作台) for supervisors: teams, beats on a map, mornings with members away, tours, coverage."""
