"""Which column of a list means which field: headings in English, French, Russian, Arabic, Spanish, Chinese and German.

A proposal only: it is shown, kept in the declaration's record, and every column can be named by hand. A heading counts if it is
one of the known ones, with or without the Arabic article, or else if it begins or ends with one.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from fieldkit.domain.nearness import suggestion
from fieldkit.domain.quantities import UNITS
from fieldkit.errors import UsageError

HEADINGS: Mapping[str, tuple[str, ...]] = {
    "line": (
        "line", "line no", "line number", "no", "nr", "number", "item no", "item number", "position", "pos", "index", "seq",
        "#", "№", "n°", "no d ordre", "numero", "ligne", "repère", "№ п/п", "п/п", "номер", "номер строки", "номер позиции",
        "رقم", "الرقم", "م", "ت", "الرقم التسلسلي للبند", "التسلسل",
        "n.º", "renglón", "partida", "número de orden", "序号", "编号", "项目号", "行号", "lfd nr", "laufende nummer", "zeile", "pos nr",
    ),
    "nomenclature": (
        "nomenclature", "item", "description", "designation", "name", "item name", "item description", "equipment", "article",
        "product", "goods", "désignation", "libellé", "dénomination", "description du matériel", "matériel", "équipement", "nom",
        "наименование", "название", "описание", "номенклатура", "изделие", "оборудование", "предмет",
        "الوصف", "البند", "الاسم", "الصنف", "اسم الصنف", "المادة", "التسمية", "المعدات", "اسم المادة",
        "denominación", "descripción", "nombre", "artículo", "equipo", "designación", "producto",
        "名称", "品名", "物品", "物品名称", "设备", "设备名称", "描述",
        "bezeichnung", "benennung", "beschreibung", "gegenstand", "artikel", "gerät", "ausrüstung", "artikelbezeichnung",
    ),
    "type": (
        "type", "model", "variant", "part number", "part no", "p/n", "pn", "type model", "mark", "modèle", "variante", "référence", "réf",
        "тип", "модель", "марка", "вариант", "обозначение", "индекс изделия",
        "النوع", "الطراز", "الموديل", "طراز", "نوع", "رقم القطعة",
        "tipo", "modelo", "variante", "número de pieza", "n.º de pieza", "型号", "规格型号", "规格", "类型", "件号",
        "typ", "modell", "ausführung", "teilenummer", "typenbezeichnung",
    ),
    "maker": (
        "maker", "manufacturer", "make", "producer", "supplier", "brand", "fabricant", "constructeur", "producteur", "marque",
        "производитель", "изготовитель", "завод изготовитель", "завод", "поставщик",
        "الصانع", "الشركة", "الشركة المصنعة", "المصنع", "الشركة الصانعة", "المنتج",
        "fabricante", "productor", "marca", "proveedor", "制造商", "生产商", "生产厂家", "厂家", "品牌", "供应商",
        "hersteller", "marke", "lieferant", "fabrikat",
    ),
    "serials": (
        "serial", "serials", "serial number", "serial numbers", "serial no", "serial nos", "s/n", "sn", "ser no", "serial nr",
        "numéro de série", "n° de série", "no de série", "numéros de série", "série",
        "серийный номер", "серийные номера", "заводской номер", "заводские номера", "зав №", "сер №", "заводской №", "серийный №", "зав номер",
        "الرقم التسلسلي", "الأرقام التسلسلية", "رقم التسلسل", "الرقم المسلسل", "رقم المصنع", "السيريال",
        "número de serie", "n.º de serie", "números de serie", "serie", "序列号", "出厂编号", "机号", "产品编号",
        "seriennummer", "seriennummern", "serien nr", "serien nummer", "fabriknummer", "werknummer", "s nr",
    ),
    "declared": (
        "declared", "declared quantity", "quantity", "qty", "quantities", "amount", "count", "pieces", "number of items", "units",
        "quantité", "quantité déclarée", "qté", "nombre", "количество", "кол во", "кол", "заявлено", "объявлено", "число", "шт",
        "الكمية", "العدد", "كمية", "عدد", "الكمية المعلنة",
        "cantidad", "cantidad declarada", "cant", "unidades", "piezas", "número de unidades", "数量", "申报数量", "件数", "台数",
        "anzahl", "menge", "stückzahl", "stück", "gemeldete anzahl",
    ),
    "unit": (
        "unit", "unit of measure", "uom", "unité", "unité de mesure", "единица", "единица измерения", "ед изм", "ед",
        "الوحدة", "وحدة القياس", "وحدة", "unidad", "unidad de medida", "单位", "计量单位", "einheit", "mengeneinheit", "maßeinheit",
    ),
    "markings": (
        "markings", "marking", "marks", "marquages", "marquage", "маркировка", "клеймо", "العلامات", "علامات",
        "marcas", "marcado", "inscripciones", "标记", "标识", "铭牌", "kennzeichnung", "beschriftung", "aufschrift",
    ),
    "dimensions_mm": (
        "dimensions", "dimension", "size", "length", "width", "height", "depth", "diameter", "taille", "longueur", "largeur",
        "hauteur", "profondeur", "diamètre", "размеры", "габариты", "размер", "длина", "ширина", "высота", "глубина", "диаметр",
        "الأبعاد", "المقاسات", "الطول", "العرض", "الارتفاع", "القطر",
        "dimensiones", "medidas", "tamaño", "longitud", "largo", "anchura", "ancho", "altura", "alto", "profundidad", "diámetro",
        "尺寸", "外形尺寸", "长度", "宽度", "高度", "直径", "长", "宽", "高",
        "abmessungen", "abmessung", "größe", "länge", "breite", "höhe", "tiefe", "durchmesser",
    ),
    "mass": ("mass", "weight", "masse", "poids", "масса", "вес", "الوزن", "الكتلة", "masa", "peso", "质量", "重量", "gewicht"),
    "condition": (
        "condition", "state", "status", "état", "состояние", "техническое состояние", "الحالة", "حالة",
        "estado", "condición", "状态", "状况", "zustand",
    ),
    "control_entry": (
        "control list entry", "control entry", "list entry", "mtcr", "mtcr item", "mtcr entry", "control list", "entrée de liste",
        "пункт списка", "пункт контрольного списка", "позиция ртрк", "بند القائمة",
        "entrada de la lista", "partida de la lista", "清单条目", "管制清单条目", "listenposition", "listeneintrag",
    ),
    "location": (
        "location", "place", "building", "room", "site", "store", "storage", "lieu", "emplacement", "bâtiment", "local", "salle",
        "местонахождение", "место", "место хранения", "здание", "помещение", "склад", "расположение",
        "الموقع", "المكان", "المبنى", "الغرفة", "المخزن", "مكان التخزين",
        "ubicación", "lugar", "edificio", "sala", "almacén", "emplazamiento", "位置", "地点", "存放地点", "房间", "建筑物", "仓库",
        "standort", "ort", "lagerort", "gebäude", "raum", "lager", "aufstellungsort",
    ),
    "remark": (
        "remark", "remarks", "note", "notes", "comment", "comments", "observations", "remarque", "remarques", "commentaire",
        "примечание", "примечания", "замечания", "комментарий", "ملاحظات", "ملاحظة",
        "observación", "observaciones", "comentarios", "nota", "notas", "备注", "附注", "说明",
        "bemerkung", "bemerkungen", "anmerkung", "anmerkungen", "hinweis", "kommentar",
    ),
}  # fmt: skip
SEVERAL = {"serials", "dimensions_mm"}
"""Fields that several columns may give: serials one by one; length, width and height."""

_UNITS: Mapping[str, str] = {
    "кг": "kg", "г": "g", "гр": "g", "т": "t", "мг": "mg", "мм": "mm", "см": "cm", "м": "m",
    "كغ": "kg", "كغم": "kg", "كجم": "kg", "كلغ": "kg", "غ": "g", "جم": "g", "طن": "t", "مم": "mm", "ملم": "mm", "سم": "cm", "م": "m",
    "千克": "kg", "公斤": "kg", "克": "g", "吨": "t", "毫米": "mm", "厘米": "cm", "米": "m",
}  # fmt: skip
_ARTICLE = re.compile(r"\bال(?=\w{2})")
_LETTERS = re.compile(r"[A-Z]{1,3}")
_UNIT = re.compile(r"[(\[\uff08]\s*([^()\[\]\uff08\uff09]{1,12}?)\s*[)\]\uff09]")
_UNIT_BEHIND = re.compile(r"[,،;:/]\s*([^\W\d]{1,6}[²³]?)\.?\s*$")


_PIECES = {"шт", "pcs", "pc", "pieces", "ea", "pièces", "قطعة", "stk", "stück", "ud", "uds", "件", "个", "台"}


@dataclass(frozen=True, slots=True)
class Column:
    """One column that is read: its place (from 0), heading as written, field, and the unit that the heading states."""

    place: int
    heading: str
    field: str
    unit: str = ""


def likeliness(cells: Sequence[object]) -> int:
    """How many different fields the cells of a row name: a row of headings names several."""
    return len({field for cell in cells if isinstance(cell, str) and (field := field_of(cell)[0])})


def field_of(heading: str) -> tuple[str, int]:
    """The field that a heading means, and how surely: 2 for a known heading, 1 for one that contains it; else `""`, 0."""
    return _field_of(heading) if len(heading) <= 120 else ("", 0)


def propose(
    headings: Sequence[object], overrides: Mapping[str, str]
) -> tuple[tuple[Column, ...], tuple[str, ...]]:
    """The columns to read and the headings of those that are not.

    `overrides` maps a heading or a column's letters to a field; `-` as field leaves the column out. Raises `UsageError` for a
    column or field that is not there.
    """
    texts = [" ".join(str(cell).split()) for cell in headings]
    chosen = _by_hand(texts, overrides)
    wanted = [(-field_of(text)[1], place) for place, text in enumerate(texts) if place not in chosen]
    for sureness, place in sorted(wanted):
        field = field_of(texts[place])[0]
        if sureness and (field in SEVERAL or field not in chosen.values()):
            chosen[place] = field
    columns = tuple(
        Column(place, texts[place] or letters_of(place), chosen[place], _unit_of(texts[place]))
        for place in sorted(chosen)
        if chosen[place] != "-"
    )
    left = tuple(text for place, text in enumerate(texts) if text and chosen.get(place, "-") == "-")
    return columns, left


def letters_of(place: int) -> str:
    """The letters of a column as spreadsheets show them: 0 is A, 26 is AA."""
    letters = ""
    place += 1
    while place:
        place, digit = divmod(place - 1, 26)
        letters = chr(65 + digit) + letters
    return letters


def is_letters(column: str) -> bool:
    """Whether a column is named by its letters."""
    return _LETTERS.fullmatch(column) is not None


def place_of(letters: str) -> int:
    """The place (from 0) of a column's letters."""
    place = 0
    for letter in letters:
        place = place * 26 + ord(letter) - 64
    return place - 1


def check_fields(fields: Iterable[str]) -> None:
    """Raise `UsageError` for a field that no column can become."""
    for field in fields:
        if field not in HEADINGS and field != "-":
            raise UsageError(
                f"a column cannot become {field!r}",
                where="--column",
                remedy=f"{suggestion(field, HEADINGS)}Fields: {', '.join(HEADINGS)}; - leaves a column out.",
            )


def _by_hand(texts: Sequence[str], overrides: Mapping[str, str]) -> dict[int, str]:
    check_fields(overrides.values())
    chosen: dict[int, str] = {}
    folded = {plain(text): place for place, text in reversed(list(enumerate(texts))) if text}
    for column, field in overrides.items():
        place = folded.get(plain(column))
        if place is None and _LETTERS.fullmatch(column) and place_of(column) < max(len(texts), 26):
            place = place_of(column)
        if place is None or place >= len(texts):
            raise UsageError(
                f"there is no column {column!r}",
                where="--column",
                remedy=f"{suggestion(column, filter(None, texts))}Headings: {', '.join(filter(None, texts))[:400]}.",
            )
        if field in chosen.values() and field not in SEVERAL and field != "-":
            raise UsageError(
                f"two columns are to become {field}", where="--column", remedy="Name one of them."
            )
        chosen[place] = field
    return chosen


def plain(heading: str) -> str:
    """A heading for comparison: case folded, without punctuation, what stands in brackets, and accents of spelling."""
    text = unicodedata.normalize("NFKC", _UNIT.sub(" ", heading.replace("№", "no "))).casefold()
    text = "".join(mark for mark in unicodedata.normalize("NFD", text) if not unicodedata.combining(mark))
    text = text.replace("n°", "no ").replace("nº", "no ").replace("#", "no ")
    return " ".join(re.sub(r"[^\w/]+", " ", text).split())


@lru_cache(maxsize=4096)
def _field_of(heading: str) -> tuple[str, int]:
    text = plain(heading)
    known = _known()
    texts = [each for each in dict.fromkeys((text, _without_articles(text))) if each]
    for each in texts:
        if each in known:
            return known[each], 2
    best = ""
    for spelling in known:
        long_enough = len(spelling) >= 4 and len(spelling) > len(best)
        if long_enough and any(
            each.startswith(spelling + " ") or each.endswith(" " + spelling) for each in texts
        ):
            best = spelling
    return (known[best], 1) if best else ("", 0)


@lru_cache(maxsize=1)
def _known() -> dict[str, str]:
    known = {plain(spelling): field for field, spellings in HEADINGS.items() for spelling in spellings}
    return {_without_articles(spelling): field for spelling, field in known.items()} | known


def _without_articles(text: str) -> str:
    """A plain heading without the Arabic article before its words."""
    return _ARTICLE.sub("", text)


def _unit_of(heading: str) -> str:
    """The unit that a heading states, in brackets or behind a comma."""
    if match := _UNIT.search(heading):
        return match[1]
    match = _UNIT_BEHIND.search(heading)
    return match[1] if match and (unit_symbol(match[1]) in UNITS or match[1].casefold() in _PIECES) else ""


def unit_symbol(text: str) -> str:
    """The symbol of a unit written in Cyrillic, Arabic or Chinese; any other text as it is."""
    return _UNITS.get(text.strip().rstrip(".").casefold(), text)
