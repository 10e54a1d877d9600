"""Object stores: opening a bucket, moving bytes, and what its errors mean. The archive and shipped
journals use it.
"""

from marketdata_platform.objects.address import Address, ObjectOptions, parse_address
from marketdata_platform.objects.bucket import Bucket, Entry, Moved

__all__ = ["Address", "Bucket", "Entry", "Moved", "ObjectOptions", "parse_address"]
