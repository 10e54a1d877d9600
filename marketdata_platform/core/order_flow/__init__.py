"""Order flow: who bought and sold, at which price, and what it left behind. The public names of
this package.
"""

from marketdata_platform.core.order_flow.fair_value_gaps import (
    FairValueGapParams,
    FairValueGapState,
    fair_value_gaps,
)
from marketdata_platform.core.order_flow.flow import OrderFlowState, order_flow
from marketdata_platform.core.order_flow.footprint import FootprintState, footprint
from marketdata_platform.core.order_flow.profile import market_profile
from marketdata_platform.core.order_flow.zones import ZoneParams, ZoneState, supply_demand_zones

__all__ = [
    "FairValueGapParams",
    "FairValueGapState",
    "FootprintState",
    "OrderFlowState",
    "ZoneParams",
    "ZoneState",
    "fair_value_gaps",
    "footprint",
    "market_profile",
    "order_flow",
    "supply_demand_zones",
]
