"""What the site's configuration needs besides Sphinx."""
