"""Where an electrode is: coordinates, spaces, regions."""
