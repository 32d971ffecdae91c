"""The Score page's parts: data, backbone, a dry look, uploads, what was chosen lately."""
