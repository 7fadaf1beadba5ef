"""The Datasette plugin: routes and templates of the newsroom, no logic of its own."""
