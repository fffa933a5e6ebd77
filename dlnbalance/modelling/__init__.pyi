from . import connections as connections
from .connections import append as append
from .connections import connect as connect
from .connections import feedback as feedback
from .connections import parallel as parallel
from .connections import series as series
