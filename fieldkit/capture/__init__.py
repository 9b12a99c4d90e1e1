"""What comes in from outside: photo cards, spreadsheets, positions. May import `vault` and the floors below it."""
