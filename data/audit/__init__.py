"""The audit log: rows that only grow, each sealed together with the one before it."""
