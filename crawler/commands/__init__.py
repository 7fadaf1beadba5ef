"""Scrapy's own commands where they need a word of ours."""
