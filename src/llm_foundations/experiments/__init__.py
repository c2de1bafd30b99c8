"""What trains or measures something small for one lesson."""
