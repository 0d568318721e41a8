"""Who signs in, how, and what each was granted: all of it in the app's own database."""
