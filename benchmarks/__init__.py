"""Speed against the model card's own snippet: `python -m benchmarks` writes RESULTS.md."""
