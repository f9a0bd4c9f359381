"""Access tokens as four issuers document them, with ids of nobody, and the settings that make each of them work.

Microsoft Entra ID: "Access token claims reference"; Okta: "Access token" of a custom authorization server; Keycloak:
Server Administration Guide, "Audience support" and roles; Auth0: "Access Token Profiles" and RBAC permissions.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

TENANT = "aaaabbbb-0000-cccc-1111-dddd2222eeee"


@dataclass(frozen=True)
class Recorded:
    """A token's header and claims without times, the settings, and who is found with which scopes."""

    name: str
    settings: Mapping[str, str]
    header: Mapping[str, Any]
    claims: Mapping[str, Any]
    subject: str
    scopes: frozenset[str]


ENTRA_1 = Recorded(
    name="Entra ID v1",
    settings={
        "TOKEN_ISSUER": f"https://sts.windows.net/{TENANT}/",
        "TOKEN_AUDIENCE": "api://tandem",
        "TOKEN_PERSON_CLAIM": "oid",
        "TOKEN_SCOPE_CLAIMS": "roles",
    },
    header={"typ": "JWT", "alg": "RS256", "x5t": "i6lGk3FZzxRcUb2C3nEQ7syHJlY", "kid": "i6lGk3FZzxRcUb2C3nEQ7syHJlY"},
    claims={
        "aud": "api://tandem", "iss": f"https://sts.windows.net/{TENANT}/", "acr": "1",
        "aio": "AXQAi/8TAAAAFm+E/QTG+gFnVxLjWdw8K+61AGrSOuMMF6ebaMj7XO3IbmD3fGmrOyD+NvZyGn2VaT", "amr": ["pwd", "mfa"],
        "appid": "00001111-aaaa-2222-bbbb-3333cccc4444", "appidacr": "0", "family_name": "Okoro", "given_name": "Ada",
        "ipaddr": "192.0.2.7", "name": "Ada Okoro", "oid": "aaaaaaaa-0000-1111-2222-bbbbbbbbbbbb", "rh": "0.AAAA",
        "roles": ["hr.directory"], "scp": "access_as_user", "sub": "l3_roISQU222bULS9yi2k0XpqpOiMz5H3ZACo1GeXA",
        "tid": TENANT, "unique_name": "ada@example.com", "upn": "ada@example.com", "uti": "fqiBqXLPj0eQa82S-IYFAA",
        "ver": "1.0",
    },
    subject="aaaaaaaa-0000-1111-2222-bbbbbbbbbbbb",
    scopes=frozenset({"hr.directory"}),
)  # fmt: skip
ENTRA_2 = Recorded(
    name="Entra ID v2",
    settings={
        "TOKEN_ISSUER": f"https://login.microsoftonline.com/{TENANT}/v2.0",
        "TOKEN_AUDIENCE": "00001111-aaaa-2222-bbbb-3333cccc4444",
        "TOKEN_PERSON_CLAIM": "oid",
        "TOKEN_SCOPE_CLAIMS": "roles",
    },
    header={"typ": "JWT", "alg": "RS256", "kid": "i6lGk3FZzxRcUb2C3nEQ7syHJlY"},
    claims={
        "aud": "00001111-aaaa-2222-bbbb-3333cccc4444", "iss": f"https://login.microsoftonline.com/{TENANT}/v2.0",
        "aio": "AXQAi/8TAAAAFm+E", "azp": "22223333-cccc-4444-dddd-5555eeee6666", "azpacr": "0", "name": "Ben Adler",
        "oid": "cccccccc-0000-1111-2222-dddddddddddd", "preferred_username": "ben@example.com", "rh": "0.AAAA",
        "scp": "access_as_user", "sub": "HKZpfaHyWadeOouYlitjrI-KffTm222X5rrV3xDqfKQ", "tid": TENANT,
        "uti": "fqiBqXLPj0eQa82S-IYFAA", "ver": "2.0",
    },
    subject="cccccccc-0000-1111-2222-dddddddddddd",
    scopes=frozenset({"partner"}),
)  # fmt: skip
OKTA = Recorded(
    name="Okta",
    settings={
        "TOKEN_ISSUER": "https://example.okta.com/oauth2/default",
        "TOKEN_AUDIENCE": "api://tandem",
        "TOKEN_PERSON_CLAIM": "uid",
        "TOKEN_SCOPE_CLAIMS": "scp",
        "TOKEN_SCOPE_PREFIX": "tandem:",
    },
    header={"kid": "3u0fWn0WyKZcGTbyBeURUdrfAAm4fkUQZ4Vrto-mu9c", "alg": "RS256"},
    claims={
        "ver": 1, "jti": "AT.0mP4JKAZX1iACIT4vbEDF7LpvDVjxypPMf0D7uX39RE",
        "iss": "https://example.okta.com/oauth2/default", "aud": "api://tandem", "cid": "nmdP1fcyvdVO11AL7ECm",
        "uid": "00ujmkLgagxeRrAg20g3", "scp": ["openid", "profile", "tandem:ops"], "auth_time": 1712000000,
        "sub": "ada@example.com",
    },
    subject="00ujmkLgagxeRrAg20g3",
    scopes=frozenset({"ops"}),
)  # fmt: skip
KEYCLOAK = Recorded(
    name="Keycloak",
    settings={
        "TOKEN_ISSUER": "https://sso.example.com/realms/company",
        "TOKEN_AUDIENCE": "tandem",
        "TOKEN_SCOPE_CLAIMS": "resource_access.tandem.roles",
    },
    header={"alg": "RS256", "typ": "JWT", "kid": "FJ86GcF3jTbNLOco4NvZkUCIUmfYCqoqtOQeMfbhNlE"},
    claims={
        "jti": "onrtac:2b1c5c5c-4f1f-4a2c-8b1a-0f6a4f3b9a11", "iss": "https://sso.example.com/realms/company",
        "aud": ["tandem", "account"], "sub": "f:5a1f3c6e-6a3f-4b8b-9c55-3a1b0b7f2f10:ada", "typ": "Bearer",
        "azp": "intranet", "sid": "6c6bbd6d-5a0c-46a7-8f5b-9c7d1b9f5d38", "acr": "1",
        "allowed-origins": ["https://intranet.example.com"],
        "realm_access": {"roles": ["offline_access", "uma_authorization", "default-roles-company"]},
        "resource_access": {"tandem": {"roles": ["hr.directory", "ops"]}, "account": {"roles": ["view-profile"]}},
        "scope": "email profile", "email_verified": True, "name": "Ada Okoro", "preferred_username": "ada",
        "given_name": "Ada", "family_name": "Okoro", "email": "ada@example.com",
    },
    subject="f:5a1f3c6e-6a3f-4b8b-9c55-3a1b0b7f2f10:ada",
    scopes=frozenset({"hr.directory", "ops"}),
)  # fmt: skip
AUTH0 = Recorded(
    name="Auth0",
    settings={
        "TOKEN_ISSUER": "https://example.eu.auth0.com/",
        "TOKEN_AUDIENCE": "https://tandem.example.com",
        "TOKEN_SCOPE_CLAIMS": "permissions",
    },
    header={"alg": "RS256", "typ": "JWT", "kid": "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs"},
    claims={
        "iss": "https://example.eu.auth0.com/", "sub": "auth0|64b0f8b2c9e77a001f2d5c11",
        "aud": ["https://tandem.example.com", "https://example.eu.auth0.com/userinfo"], "azp": "my_client_id",
        "scope": "openid profile email", "permissions": ["ops"],
    },
    subject="auth0|64b0f8b2c9e77a001f2d5c11",
    scopes=frozenset({"ops"}),
)  # fmt: skip
RECORDED = (ENTRA_1, ENTRA_2, OKTA, KEYCLOAK, AUTH0)
