"""Checking a bundle: needs fieldkit and the bundle, no vault, and believes nothing that the bundle says of itself."""
