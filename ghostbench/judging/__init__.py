"""How far each number can be trusted: records to verdicts with reasons. Computed on reading, so limits can improve."""
