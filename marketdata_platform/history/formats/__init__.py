"""One file per format of a vendor or recorder, and recognising formats."""
