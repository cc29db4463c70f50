from . import finder
from . import scanner
