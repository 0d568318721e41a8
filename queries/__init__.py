"""What is asked of the two databases: scopes, metric definitions, figures and lists."""
