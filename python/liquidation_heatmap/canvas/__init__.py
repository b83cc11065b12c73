"""The canvas that draws the heatmap in the browser: what it is sent, and the scripts that draw it."""
