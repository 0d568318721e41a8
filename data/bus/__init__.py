"""Tells every screen that something is newer: small ticks, never the figures themselves."""
