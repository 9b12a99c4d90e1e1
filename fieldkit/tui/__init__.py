"""The terminal UI: what an inspector sees and types. Thin: rules live in domain, vault, capture and bundle.

Screens never touch a connection: they ask the `Store`, whose threads own it, and get values back. Text that came from
people, files or other laptops reaches a screen through `text` alone. May import every floor below the commands.
"""
