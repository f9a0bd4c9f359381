"""Bearer tokens: issuers, their keys, and the claims of a token."""

from typing import Final

LOCAL_ISSUER: Final = "https://issuer.tandem.local"
"""The issuer of local runs and tests (``local_issuer.py``)."""
