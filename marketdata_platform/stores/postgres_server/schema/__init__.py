"""What a database is made of, and looking after it: migrations, partitions, sizes, retention."""
