"""The exercises of the lessons on models, one module or two for each lesson."""
