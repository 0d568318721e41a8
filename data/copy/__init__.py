"""Moves a database from one engine to another."""
