"""Makes a version of a model in a registry of Azure Machine Learning, as users of azure-ai-ml do.

python azure_ai_ml.py REGISTRY NAME VERSION FILE [POLLING]

POLLING: seconds between two looks at the operation, the client's own when left out.

Where the service is follows from the variables that `outerloop` reads, too. The login is a client
secret without the library that usually fetches its token: that one takes no addresses without TLS.
"""

import json
import os
import sys
import time
import urllib.parse
import urllib.request

from azure.ai.ml import MLClient
from azure.ai.ml.entities import Model
from azure.core.credentials import AccessToken
from azure.core.pipeline.policies import SansIOHTTPPolicy


class Login:
    """A client secret."""

    def get_token(self, *scopes, **_):
        form = {
            "grant_type": "client_credentials",
            "client_id": os.environ["AZURE_CLIENT_ID"],
            "client_secret": os.environ["AZURE_CLIENT_SECRET"],
            "scope": " ".join(scopes),
        }
        url = f"{os.environ['AZURE_AUTHORITY_HOST']}/{os.environ['AZURE_TENANT_ID']}/oauth2/v2.0/token"
        with urllib.request.urlopen(url, urllib.parse.urlencode(form).encode()) as answer:
            token = json.load(answer)
        return AccessToken(token["access_token"], int(time.time()) + token["expires_in"])


class WithoutTls(SansIOHTTPPolicy):
    """Lets the login be shown to a server on loopback, which has no certificate."""

    def on_request(self, request):
        request.context["enforce_https"] = False


def create(registry, name, version, file, polling=None):
    manager = os.environ["AZURE_RESOURCE_MANAGER_ENDPOINT"]
    cloud = {
        "azure_portal": manager,
        "resource_manager": manager,
        "active_directory": os.environ["AZURE_AUTHORITY_HOST"],
        "aml_resource_id": manager,
        "storage_endpoint": os.environ["AZURE_STORAGE_ENDPOINT"],
        "registry_discovery_endpoint": os.environ["AZUREML_REGISTRY_DISCOVERY_ENDPOINT"],
    }
    pace = {} if polling is None else {"polling_interval": float(polling)}
    client = MLClient(
        Login(),
        registry_name=registry,
        cloud="Loopback",
        cloud_metadata=cloud,
        enable_telemetry=False,
        show_progress=False,
        per_call_policies=[WithoutTls()],
        **pace,
    )
    made = client.models.create_or_update(Model(name=name, version=version, path=file, type="custom_model"))
    if (made.name, made.version) != (name, version):
        raise SystemExit(f"{made.name}:{made.version} was made, not {name}:{version}")


create(*sys.argv[1:])
