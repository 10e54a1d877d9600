"""What venues share: rows from events, exact numbers, streams, layouts of dumps, and how other
packages add venues. No venue is named here.
"""
