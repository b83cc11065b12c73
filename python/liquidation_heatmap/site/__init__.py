"""A site of static files that shows the heatmap to any number of people, without a server that computes."""
