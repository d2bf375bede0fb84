"""Charts and diagrams: bar, line, pie and scatter plots, survival curves, flow charts."""
