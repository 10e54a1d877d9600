"""Use cases: ports in, a result dataclass out. Which adapters do the work is decided in
platform/.
"""
