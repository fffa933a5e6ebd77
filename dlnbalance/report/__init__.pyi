from . import explorer as explorer
from . import page as page
from .explorer import explore as explore
from .page import cautions as cautions
from .page import check_available as check_available
from .page import measured_error as measured_error
from .page import rendered_page as rendered_page
from .page import write_report as write_report
