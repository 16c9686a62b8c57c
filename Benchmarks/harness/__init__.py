"""The benchmark harness: servers, load, CPU accounting and the report. Python's standard library only."""
