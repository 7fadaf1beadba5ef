"""Fetching and reading the papers: spiders, layouts, and the command `baotinh`."""

from importlib.metadata import version

__version__ = version("baotinh")
