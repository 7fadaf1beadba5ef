"""One CMS a module: the layouts in which the papers publish their articles."""
