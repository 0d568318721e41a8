"""The demo city: a made-up district with cases, residents and shops, the same for the same seed."""
