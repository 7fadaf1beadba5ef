"""Everything about the archive: its tables, its captured bytes, its search; works without the crawler."""
