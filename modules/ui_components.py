"""Legacy name: controls of scripts. The code is in `modules/frontend/script_components.py`."""

from modules.frontend.script_components import FormColumn, FormGroup, FormRow, InputAccordion, ToolButton
