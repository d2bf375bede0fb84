"""How a drawing becomes a published figure: edits, the page about it, words for what is absent."""
