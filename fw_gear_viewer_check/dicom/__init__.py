"""From bytes to the model: headers, zips, folders, and the pixels of one image."""
