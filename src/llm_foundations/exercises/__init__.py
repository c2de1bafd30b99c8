"""The checkers that readers call: each says what is right, or names the mistake."""
