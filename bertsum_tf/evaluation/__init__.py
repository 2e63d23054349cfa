"""ROUGE, LEAD-3 and the oracle, intervals, reports: how good are the summaries."""
