"""One module per screen: what is asked of the store, how it is laid out, which keys act."""
