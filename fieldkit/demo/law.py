"""The part of the day that is law: the mandate's clocks, and the country's control list held against the MTCR's."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from fieldkit.capture.adopting import adopt_procedures
from fieldkit.capture.comparing import record_relation
from fieldkit.capture.national_list import keep_national_list, read_national_list
from fieldkit.demo.story import at
from fieldkit.demo.visit import Visit
from fieldkit.domain.deadlines import due
from fieldkit.vault.procedures import events, procedures

_JURIST: Final = 4
_PROCEDURES: Final = """\
# The clocks of the mandate (invented).
name = "mandate"
title = "Exchange of letters of 3 January 2026 (invented)"

[[event]]
name = "arrived_point_of_entry"
title = "Team arrived at the point of entry"

[[event]]
name = "arrived_site"
title = "Team arrived at the site"

[[event]]
name = "inspection_completed"
title = "Inspection completed"

[[event]]
name = "preliminary_findings_handed_over"
title = "Preliminary findings frozen and handed over"

[[event]]
name = "host_comments_received"
title = "Host's comments received"
told_by = [{ kind = "comment" }]

[[event]]
name = "final_report_sent"
title = "Final report sent"

[[deadline]]
name = "site"
title = "Reach the site"
form = "within"
start = "arrived_point_of_entry"
event = "arrived_site"
hours = 12

[[deadline]]
name = "preliminary_findings"
title = "Hand over the preliminary findings"
form = "within"
start = "inspection_completed"
event = "preliminary_findings_handed_over"
hours = 24

[[deadline]]
name = "host_comments"
title = "Receive the host's comments"
form = "within"
start = "inspection_completed"
event = "host_comments_received"
days = 30

[[deadline]]
name = "final_report"
title = "Send the final report"
form = "within"
start = "inspection_completed"
event = "final_report_sent"
days = 10
"""
_DECREE: Final = """\
Decree 12 of 2019 on goods that may not leave the country without a licence;;
Annex I;;
Entry;Wording (translation);Remarks
Category 1;;
1C116;Maraging steels;
Category 7;;
7A101;Accelerometers, linear;
7A103;Inertial instruments and systems with accelerometers or gyros;
7A105;Receivers for satellite navigation, for aircraft;
Category 9;;
9A004;;see 9A104
;Launch vehicles that carry a payload of at least 500 kg over a range of at least 280 km;
9A012;Unmanned aircraft with a range of 300 km or more;
9A101;Turbojet and turbofan engines:;
;a. of a thrust greater than 400 N;
;b. built for missiles;
9A105;Liquid rocket engines with a total impulse of 1.1 x 10^6 N s or more;
9A116;Re-entry vehicles and heat shields;
9A119;Rocket stages;
"""
_JUDGED: Final = (
    ("1.A.1", ("9A004",), "threshold_differs", "The decree begins at 280 km, the Annex at 300 km."),
    ("2.A.1.a", ("9A119",), "broader", "The decree knows no threshold of range and payload for stages."),
    ("2.A.1.b", ("9A116",), "same", "Heat shields are named in both."),
    ("2.A.1.c", ("9A105",), "narrower", "Solid and hybrid motors are missing from the decree."),
    ("3.A.1", ("9A101",), "same", "Both name turbojets and turbofans; the wording is close."),
    ("6.C.8", ("1C116",), "broader", "The decree names no strength."),
    ("9.A.3", ("7A101",), "broader", "The decree names no stability."),
    ("9.A.6", ("7A103",), "same", "The same instruments."),
    ("11.A.3", ("7A105",), "narrower", "Only receivers for aircraft."),
    ("17.C.1", (), "absent", "Nothing in the decree speaks of reduced observables."),
)
_STEPS: Final = (
    ("arrived_point_of_entry", at(6, 10)),
    ("arrived_site", at(8, 5)),
    ("inspection_completed", at(18, 30)),
    ("preliminary_findings_handed_over", at(19, 20)),
)


def compare(visit: Visit, outside: Path) -> None:
    """The decree as it was handed over, and what the jurist of the team makes of it."""
    path = outside / "decree-12.csv"
    path.write_text(_DECREE, "utf-8")
    read, data = read_national_list(path)
    jurist = visit.team[_JURIST]
    kept = keep_national_list(
        visit.vault, read, data, title="Decree 12", edition="of 2019 (invented)", author=jurist
    )
    law = visit.vault.get(kept.id)
    for entry, codes, relation, why in _JUDGED:
        record_relation(visit.vault, law, entry, codes, relation, why, author=jurist)
    visit.say(f"{len(read.entries)} entries of a national law, {len(_JUDGED)} compared with the MTCR's")


def follow(visit: Visit) -> None:
    """The mandate's clocks and the steps that they run from."""
    adopt_procedures(visit.vault, _PROCEDURES.encode(), "mandate.toml", author=visit.team[0])
    for name, when in _STEPS:
        visit.add("event", when, event=name)
    bound = procedures(visit.vault)
    running = due(bound, events(visit.vault, bound))
    visit.say(f"{visit.count('event')} steps of the procedure, {len(running)} deadlines")
