"""One newspaper a module."""
