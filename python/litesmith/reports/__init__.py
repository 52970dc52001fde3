"""What a conversion did to a model, to read: text, JSON and pages."""
