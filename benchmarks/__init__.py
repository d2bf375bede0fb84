"""Speed against the model card's own snippet: `python -m benchmarks` prints one table and writes RESULTS.md."""
