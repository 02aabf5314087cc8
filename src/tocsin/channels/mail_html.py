"""The HTML of a mail: tables and inline styles, because that is what mail programs read.

Nothing is loaded from anywhere. Light colours are inline; the dark ones are classes that programs
with a dark mode apply. Everything that is not ours is escaped by `_e`.
"""

from __future__ import annotations

from html import escape as _e

from tocsin.channels.mail_content import Content, Pair

_INK, _MUTED, _EDGE, _PAGE, _ACCENT = "#16191D", "#545C66", "#D9DEE4", "#F6F7F9", "#0B5FD6"
_SMALL = f"font-size:12px;line-height:18px;color:{_MUTED}"
_NORMAL = "font-size:14px;line-height:20px"
_LARGE = "font-size:16px;line-height:24px"
_FONT = "font-family:-apple-system,'Segoe UI',Roboto,'Helvetica Neue',Arial,sans-serif"
_MONO = "font-family:ui-monospace,SFMono-Regular,Consolas,'Liberation Mono',monospace"
_WRAP = "word-break:break-word;overflow-wrap:anywhere"
_TABLE = 'role="presentation" width="100%" cellpadding="0" cellspacing="0" border="0"'

# Red asks for somebody now, amber for somebody soon; blue is in hand, green is over.
_COLOURS = {"red": "#B3141A", "amber": "#8A5300", "blue": _ACCENT, "green": "#17703A"}
# A shape beside the word: colour alone says nothing to some readers.
_SHAPES = {"PENDING": "■", "ESCALATED": "▲", "ACCEPTED": "◆", "RESOLVED": "●"}

_HEAD = (
    '<!DOCTYPE html>\n<html lang="{language}"><head><meta charset="utf-8">'
    '<meta name="viewport" content="width=device-width,initial-scale=1">'
    '<meta name="color-scheme" content="light dark">'
    '<meta name="supported-color-schemes" content="light dark">'
    "<title>{title}</title>\n<style>:root{{color-scheme:light dark}}"
    "@media (prefers-color-scheme:dark){{"
    ".page{{background:#0E1116!important}}"
    ".card{{background:#171B22!important;border-color:#2A313B!important}}"
    ".t{{color:#E9EDF2!important}}.m{{color:#A3ADB9!important}}.a{{color:#7DB3FF!important}}"
    ".box{{background:#0E1116!important;border-color:#2A313B!important}}"
    ".go{{background:#7DB3FF!important;border-color:#7DB3FF!important}}.go a{{color:#0E1116!important}}"
    ".alt{{border-color:#6B7684!important}}.alt a{{color:#E9EDF2!important}}"
    ".red{{color:#FF8A85!important}}.amber{{color:#F2B354!important}}"
    ".blue{{color:#7DB3FF!important}}.green{{color:#63D48E!important}}}}</style></head>\n"
)


def html_body(mail: Content) -> str:
    """The mail as HTML, the answers where a phone shows them without scrolling."""
    head = _HEAD.format(language=mail.language, title=_e(mail.subject))
    preview = _e(mail.next_step or mail.lead[:200])
    rows = (_band(mail), _title(mail), _buttons(mail), _page(mail), _details(mail), _facts(mail))
    return (
        f'{head}<body class="page" style="margin:0;padding:0;background:{_PAGE}">\n'
        # What a mailbox shows beside the subject.
        f'<div style="display:none;max-height:0;overflow:hidden;mso-hide:all">{preview}</div>\n'
        f'<table {_TABLE} class="page" style="background:{_PAGE}"><tr>'
        '<td align="center" style="padding:16px 8px">\n'
        '<!--[if mso]><table role="presentation" width="600"><tr><td><![endif]-->\n'
        f'<table {_TABLE} class="card" style="max-width:600px;background:#FFFFFF;'
        f'border:1px solid {_EDGE};border-radius:6px;{_FONT};text-align:left">\n'
        f"{''.join(rows)}"
        '<tr><td style="height:20px;line-height:20px;font-size:0">&nbsp;</td></tr></table>\n'
        f"{_footer(mail)}<!--[if mso]></td></tr></table><![endif]-->\n</td></tr></table></body></html>\n"
    )


def _colour(mail: Content) -> str:
    match mail.state:
        case "PENDING":
            return "red" if mail.high else "amber"
        case "ESCALATED":
            return "amber"
        case "RESOLVED":
            return "green"
        case _:
            return "blue"


def _band(mail: Content) -> str:
    colour = _COLOURS[_colour(mail)]
    style = f"height:4px;line-height:4px;font-size:0;background:{colour};border-radius:5px 5px 0 0"
    return f'<tr><td bgcolor="{colour}" style="{style}">&nbsp;</td></tr>\n'


def _row(inner: str, top: int) -> str:
    return f'<tr><td style="padding:{top}px 20px 0">{inner}</td></tr>\n'


def _title(mail: Content) -> str:
    inner = ""
    if mail.state:
        name = _colour(mail)
        inner = (
            f'<div class="{name}" style="{_NORMAL};font-weight:600;color:{_COLOURS[name]}">'
            f"{_SHAPES[mail.state]}&nbsp;{_e(mail.banner)}"
            f'<span class="m" style="font-weight:400;color:{_MUTED}"> · {_e(mail.number)}</span></div>\n'
        )
    style = f"margin:4px 0 0;font-size:20px;line-height:28px;font-weight:600;color:{_INK};{_WRAP}"
    inner += f'<h1 class="t" style="{style}">{_e(mail.title)}</h1>\n'
    if mail.lead:
        inner += (
            f'<p class="t" style="margin:8px 0 0;{_LARGE};color:{_INK};{_WRAP}">{_lines(mail.lead)}</p>\n'
        )
    if mail.next_step:
        style = f"margin:8px 0 0;{_LARGE};color:{_MUTED};{_WRAP}"
        inner += f'<p class="m" style="{style}">{_e(mail.next_step)}</p>\n'
    return _row(inner, 16)


def _buttons(mail: Content) -> str:
    """One filled button and two outlined ones: whole cells can be tapped, in Outlook the words."""
    if mail.answers is None:
        return _row(_hint(mail.words.reply), 12) if mail.reply else ""
    words, urls = mail.words, mail.answers
    hints = f"{words.confirm} {words.reply}" if mail.reply else words.confirm
    inner = (
        f"<table {_TABLE}><tr>{_button(words.accept, urls.accept, main=True)}</tr></table>\n"
        f'<table {_TABLE} style="margin-top:8px"><tr>{_button(words.resolve, urls.resolve)}'
        '<td width="2%" style="font-size:0">&nbsp;</td>'
        f"{_button(words.escalate, urls.escalate)}</tr></table>\n"
        f"{_hint(hints)}"
    )
    return _row(inner, 16)


def _button(label: str, url: str, *, main: bool = False) -> str:
    kind, width, fill, edge, ink = (
        ("go", "100%", _ACCENT, _ACCENT, "#FFFFFF")
        if main
        else ("alt", "49%", "transparent", "#7C8590", _INK)
    )
    cell = f"border:1px solid {edge};border-radius:6px;background:{fill};mso-padding-alt:11px 8px"
    link = f"display:block;padding:11px 8px;{_LARGE};font-weight:600;color:{ink};text-decoration:none"
    return (
        f'<td class="{kind}" width="{width}" align="center" style="{cell}">'
        f'<a href="{_e(url)}" style="{link}">{_e(label)}</a></td>'
    )


def _hint(text: str) -> str:
    return f'<p class="m" style="margin:8px 0 0;{_SMALL}">{_e(text)}</p>\n'


def _page(mail: Content) -> str:
    """The way to our page: a link beside the answers, the one button where there are none to give."""
    if mail.page is None:
        return ""
    if mail.state is None:
        return _row(f"<table {_TABLE}><tr>{_button(*mail.page, main=True)}</tr></table>\n", 16)
    return _row(f'<p style="margin:0;{_NORMAL}">{_link(*mail.page)}</p>', 12)


def _details(mail: Content) -> str:
    if not mail.details:
        return ""
    box = f"padding:12px;background:{_PAGE};border:1px solid {_EDGE};border-radius:6px"
    inner = (
        f'<div class="m" style="margin:0 0 4px;{_NORMAL};color:{_MUTED}">{_e(mail.words.details)}</div>\n'
        f'<div class="box t" style="{box};{_MONO};font-size:13px;line-height:20px;color:{_INK};{_WRAP}">'
        f"{_lines(mail.details)}</div>{_hint(mail.details_note) if mail.details_note else ''}"
    )
    return _row(inner, 16)


def _facts(mail: Content) -> str:
    groups = [(name, _e(fact)) for name, fact in mail.facts]
    for heading, pairs in ((mail.words.links, mail.links), (mail.words.images, mail.images)):
        if pairs:
            groups.append((heading, "<br>".join(_link(*pair) for pair in pairs)))
    if mail.labels:
        groups.append((mail.words.labels, "<br>".join(map(_label, mail.labels))))
    if not groups:
        return ""
    name_style = f"padding:3px 12px 3px 0;color:{_MUTED}"
    rows = "\n".join(
        f'<tr><td class="m" width="110" valign="top" style="{name_style}">{_e(name)}</td>'
        f'<td class="t" valign="top" style="padding:3px 0;color:{_INK};{_WRAP}">{shown}</td></tr>'
        for name, shown in groups
    )
    return _row(f'<table {_TABLE} style="{_NORMAL}">{rows}</table>', 14)


def _label(pair: Pair) -> str:
    name, label = map(_e, pair)
    return f"{name}: {label}" if label else name


def _link(name: str, url: str) -> str:
    return f'<a class="a" href="{_e(url)}" style="color:{_ACCENT}">{_e(name)}</a>' if url else _e(name)


def _lines(text: str) -> str:
    """Line ends and indentation kept, also where white-space: pre-wrap is not known."""
    return _e(text).replace("\n", "<br>\n").replace("  ", "&nbsp; ")


def _footer(mail: Content) -> str:
    parts = [_e(mail.why)] if mail.why else []
    if mail.unsubscribe:
        label, url = map(_e, mail.unsubscribe)
        parts.append(f'<a class="m" href="{url}" style="color:{_MUTED}">{label}</a>')
    if not parts:
        return ""
    style = f"max-width:600px;margin:12px auto 0;padding:0 20px;{_FONT};{_SMALL};{_WRAP}"
    return f'<div class="m" style="{style}">{" ".join(parts)}</div>\n'
