"""Cases that a source's own system sends, as they happen: who may, what is taken, and in what words it is refused."""
