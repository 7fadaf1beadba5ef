"""A simulated newspaper on loopback: the demo, the tests and the benchmarks read it."""
