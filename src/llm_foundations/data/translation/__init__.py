"""The bilingual grammar: English sentences with their French translations."""
