"""The command line: one module per group of commands, thin, with no rules of its own."""
