"""python -m partnerships serve | work | all | import-roster … | conflicts … | restate | republish | dead-letters …"""

import sys

from partnerships.app import composition
from partnerships.conflict.command import NAME as CONFLICTS
from partnerships.conflict.command import decide_conflicts
from partnerships.roster.command import NAME, import_roster
from service_kit.cli import ended_by_refusals, main

if __name__ == "__main__":
    with ended_by_refusals():
        if sys.argv[1:2] == [NAME]:
            raise SystemExit(import_roster(composition, sys.argv[2:]))
        if sys.argv[1:2] == [CONFLICTS]:
            raise SystemExit(decide_conflicts(composition, sys.argv[2:]))
    main(composition)
