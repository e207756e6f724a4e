"""Plans of training: who learns what on which day, as documents and calendars; and what a changed rule asks."""
