"""fieldkit: a verification-visit field data collector."""
