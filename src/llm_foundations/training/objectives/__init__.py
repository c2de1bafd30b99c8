"""What a model is trained to do: targets and losses."""
