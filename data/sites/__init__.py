"""Sites as folders: each says what its levels, names and rules are, in one site.toml and tables."""
