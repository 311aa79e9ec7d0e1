"""Management levels (管理等级) of a team's cells, and the visits owed to each level in every shift."""
