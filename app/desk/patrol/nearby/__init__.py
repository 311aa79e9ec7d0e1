"""Who is near a case and could take it (就近派单), from a case's page: reasons; the dispatcher decides."""
