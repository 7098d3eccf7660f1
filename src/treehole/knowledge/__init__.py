"""What Treehole knows: the ontologies, the lexicon made from them, and scanning by it."""
