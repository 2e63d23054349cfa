"""Text -> sentences -> token ids -> windows, by rules that every runtime shares."""
