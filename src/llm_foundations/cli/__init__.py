"""The command llm-foundations."""
