"""Published models and results as data, each with its source."""
