"""Plans of beats as they are stored: drafts, publications, and members' absences. Plans nothing: `app.patrol.beats`."""
