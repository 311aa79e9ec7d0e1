"""Coverage (巡查覆盖率): which owed ground was patrolled, which can't be told, how long ago."""
