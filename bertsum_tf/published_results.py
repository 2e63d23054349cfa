"""What the paper reports: Liu & Lapata, "Text Summarization with Pretrained Encoders" (EMNLP 2019).

Table 2 of arXiv 1908.08345: ROUGE F1 on the whole test split of CNN/DailyMail, with BERT-base.
"""

from __future__ import annotations

# ROUGE-1, ROUGE-2, ROUGE-L, in points.
Scores = tuple[float, float, float]

BERTSUM_EXT: Scores = (43.25, 20.24, 39.63)
BERTSUM_EXT_WITHOUT_INTERVAL_EMBEDDINGS: Scores = (43.20, 20.22, 39.59)
BERTSUM_ABS: Scores = (41.72, 19.39, 38.76)
BERTSUM_EXT_ABS: Scores = (42.13, 19.60, 39.18)
LEAD_3: Scores = (40.42, 17.62, 36.67)
ORACLE: Scores = (52.59, 31.24, 48.87)

# Of the version of CNN/DailyMail that TensorFlow Datasets has (3.4.0).
FULL_SPLITS = {"train": 287_113, "validation": 13_368, "test": 11_490}
