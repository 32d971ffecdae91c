"""What the Export page is made of: tables, recipe, images, report, and the finished exports."""
