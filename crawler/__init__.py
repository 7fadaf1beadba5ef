"""Fetching and reading the papers: spiders, layouts, and the command `baotinh`."""
