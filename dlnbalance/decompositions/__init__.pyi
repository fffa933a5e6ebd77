from . import descriptor_forms as descriptor_forms
from .descriptor_forms import FiniteInfinite as FiniteInfinite
from .descriptor_forms import explicit_form as explicit_form
from .descriptor_forms import finite_infinite as finite_infinite
