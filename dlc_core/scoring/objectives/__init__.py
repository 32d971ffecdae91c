"""What is computed from a backbone's outputs under a mask: one objective a file."""
