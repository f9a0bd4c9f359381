"""Bearer tokens: issuers, their keys, and the claims of a token."""
