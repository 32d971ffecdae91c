"""What the pages share and only a browser needs."""
