"""Where models come from: files and live objects, turned into records that the importers read."""
