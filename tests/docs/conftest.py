"""The bad pages are material for the guards, not blocks to run."""

collect_ignore = ["bad"]
