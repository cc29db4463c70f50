from . import controllers
from . import models
from . import report
from . import wizards
from . import demo
from .hooks import uninstall_hook
from .models.base.public_methods import answer_any_input

answer_any_input(__name__.rpartition(".")[2])
