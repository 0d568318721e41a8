"""Pages that the server writes itself: signing in, one's own account, walls, accounts, the audit log."""
