"""python -m partnerships serve | work | all | import-roster … | conflicts … | resnapshot | republish | …"""

import sys

from partnerships.app import definition
from partnerships.conflict.command import NAME as CONFLICTS
from partnerships.conflict.command import decide_conflicts
from partnerships.roster.command import NAME, import_roster
from service_kit.process import ended_by_refusals, main

if __name__ == "__main__":
    with ended_by_refusals():
        if sys.argv[1:2] == [NAME]:
            raise SystemExit(import_roster(definition, sys.argv[2:]))
        if sys.argv[1:2] == [CONFLICTS]:
            raise SystemExit(decide_conflicts(definition, sys.argv[2:]))
    main(definition)
