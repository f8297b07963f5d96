"""The form channel: hosted, embedded and plain-HTML forms, and what keeps spam out of them."""

from channels.form.channel import FormChannel
from channels.form.definition import DefinitionError, FormDefinition, Problem
from channels.form.starter import starter

__all__ = ["DefinitionError", "FormChannel", "FormDefinition", "Problem", "starter"]
