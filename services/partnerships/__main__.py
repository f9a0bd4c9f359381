"""python -m partnerships serve | work | all | restate | republish | import-roster … | dead-letters … | openapi …"""

import sys

from partnerships.app import composition, service
from partnerships.roster.command import NAME, import_roster
from service_kit.cli import main

if __name__ == "__main__":
    if sys.argv[1:2] == [NAME]:
        raise SystemExit(import_roster(service, sys.argv[2:]))
    main(composition)
