"""The service: what shippers send goes in, incidents come out. bytes -> entries -> spool -> analysis -> SQLite."""
