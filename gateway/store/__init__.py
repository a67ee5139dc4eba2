"""The operational store: one SQLite file with the journal, alarms, tickets, scans, rejections, events and outbox."""
