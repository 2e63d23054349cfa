"""How fast: preparing, training beside a PyTorch twin, summarising."""
