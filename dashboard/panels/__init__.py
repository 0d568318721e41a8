"""One file per panel: a function from what is asked to what is shown."""
