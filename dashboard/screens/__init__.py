"""The three screens: which panels each has. Where they sit is in the screen's style sheet."""
