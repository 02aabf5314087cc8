"""What a text must be besides its length, as a part of its type: `Annotated[str, MaxLen(255), WebAddress()]`."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Any, ClassVar

from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic_core import CoreSchema, core_schema


@dataclass(frozen=True)
class TextRule(ABC):
    """One such rule. A text that breaks it is refused with the field's path."""

    optional: bool = False
    """Whether "" will do: there is none."""
    mend: ClassVar[str]
    """What is said to whoever broke it."""
    format: ClassVar[str] = ""
    """Its name in the schema, if it has one."""

    @abstractmethod
    def fits(self, text: str) -> bool:
        """Whether a text keeps it."""

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        """The text's length is looked at first."""
        return core_schema.no_info_after_validator_function(self._checked, handler(source))

    def __get_pydantic_json_schema__(
        self, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        """The text's, with the format."""
        return {**handler(schema), **({"format": self.format} if self.format else {})}

    def _checked(self, text: str) -> str:
        if not (self.fits(text) or (self.optional and not text)):
            raise ValueError(self.mend)
        return text


@dataclass(frozen=True)
class OneOf:
    """What a type that is one of several says when it is none of them, in the place of a complaint for each."""

    mend: str

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        """The union's own."""
        return {**handler(source), "custom_error_type": "none_of", "custom_error_message": self.mend}
