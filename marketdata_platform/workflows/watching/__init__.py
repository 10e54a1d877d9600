"""How it stands: status, quality, which gatherers must run. Nothing is changed here but by
maintenance.
"""
