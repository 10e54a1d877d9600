"""Days to the archive and back: export, proof, verification, restore, retention."""
