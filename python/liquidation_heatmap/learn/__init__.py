"""What is computed from data by fits: zones of levels, weights of models, shares liquidated, scores."""
