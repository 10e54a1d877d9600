"""One file per format of a vendor or recorder, and telling formats apart."""
