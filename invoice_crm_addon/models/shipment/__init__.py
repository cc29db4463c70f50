from . import carrier
from . import shipment
from . import shipment_event
