"""What is learned from data: zones of levels, weights of models, scores."""
