"""From raw days to derived ones: folds over days with checkpoints, and books at any time."""
