"""How a subscriber gets events: choosing, delivering, starting and stopping."""
