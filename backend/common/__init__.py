"""What several domains share: database, ids, clock, pages, audit, metrics, health, logging."""
