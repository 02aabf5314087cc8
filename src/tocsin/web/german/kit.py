"""The frame, and what every page of the configuration says."""

from __future__ import annotations

GERMAN: dict[str, str] = {
    "More": "Mehr",
    "Profile": "Profil",
    "Arrange": "Einteilen",
    "Set up": "Einrichten",
    "System": "System",
    "On call": "Bereitschaft",
    "Policies": "Eskalationen",
    "Sources": "Quellen",
    "People": "Leute",
    "said:saved": "Gespeichert.",
    "said:created": "Angelegt.",
    "said:deleted": "Gelöscht.",
    "said:sent": "Gesendet.",
    "said:done": "Erledigt.",
    "said:revoked": "Widerrufen: ab sofort ungültig.",
    "said:invited": "Eingeladen: die Mail mit dem Link ist unterwegs.",
    "One a line.": "Eines je Zeile.",
    "Stored. Leave it empty to keep it.": "Gespeichert. Leer lassen, um es zu behalten.",
    "Cancel": "Abbrechen",
    "Save": "Speichern",
    "Edit": "Bearbeiten",
    "Delete": "Löschen",
    "Add": "Hinzufügen",
    "Remove": "Entfernen",
    "minutes": "Minuten",
    "Search": "Suchen",
}
