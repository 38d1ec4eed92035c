"""Brain Treebank: recordings of people who watched films, and the tables that others published of them."""
