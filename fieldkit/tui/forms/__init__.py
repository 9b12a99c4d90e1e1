"""Forms made from the domain's field definitions: what was typed, what it means, what is wrong with it. No Textual."""
