"""Cross-sections of the body: CT and MRI."""
