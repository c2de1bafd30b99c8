"""The exercises of the lessons on layers, one module for each lesson."""
