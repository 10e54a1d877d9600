"""What venues share: rows from events, exact numbers, streams, layouts of dumps. No venue is named
here.
"""
