"""How the places are called that data may come from."""

BUNDLED, FOLDER, UPLOAD, NAME = "Bundled digits", "Folder or file", "Upload", "By name"
