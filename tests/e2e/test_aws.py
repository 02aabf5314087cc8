"""A signed invocation of a Lambda, believed by a server that checks Signature Version 4 with botocore: moto's."""

from __future__ import annotations

import asyncio
import io
import json
import os
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import boto3
import httpx2
import pytest

from tests.connections.occasions import occasion
from tests.e2e.harness import free_port
from tests.e2e.mailserver import until
from tocsin.connections.functions import LambdaConnector, LambdaParams, aws_lambda
from tocsin.core.connections import Outcome
from tocsin.kit.value import replace
from tocsin.net.http import HttpClient
from tocsin.plugins import Errand, HttpRequest

pytestmark = pytest.mark.e2e
REGION = "eu-central-1"
POLICY = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Action": "lambda:Invoke*", "Resource": "*"}],
}


class Aws:
    """moto, with a function and a user who may invoke it; from then on every request must be signed."""

    def __init__(self, folder: Path) -> None:
        self.url = f"http://127.0.0.1:{free_port()}"
        environment = {**os.environ, "HOME": str(folder)}
        with (folder / "moto.log").open("wb") as log:
            command = [sys.executable, "-m", "moto.server", "-p", self.url.rpartition(":")[2]]
            self.process = subprocess.Popen(command, env=environment, stdout=log, stderr=log)
        self.web = httpx2.Client(base_url=self.url, trust_env=False, timeout=10)
        until(self._there, "moto", seconds=60, every=0.2)
        iam = self.client("iam")
        iam.create_user(UserName="tocsin")
        iam.put_user_policy(UserName="tocsin", PolicyName="invoke", PolicyDocument=json.dumps(POLICY))
        self.keys = iam.create_access_key(UserName="tocsin")["AccessKey"]
        role = iam.create_role(RoleName="bell", AssumeRolePolicyDocument="{}")["Role"]["Arn"]
        code = io.BytesIO()
        with zipfile.ZipFile(code, "w") as packed:
            packed.writestr("f.py", "def handler(event, context): return event")
        self.web.post("/moto-api/config", json={"lambda": {"use_docker": False}}).raise_for_status()
        self.client("lambda").create_function(
            FunctionName="bell",
            Runtime="python3.12",
            Role=role,
            Handler="f.handler",
            Code={"ZipFile": code.getvalue()},
        )
        self.web.post("/moto-api/reset-auth", content="0").raise_for_status()

    def client(self, service: str) -> Any:
        return boto3.client(
            service,
            endpoint_url=self.url,
            region_name=REGION,
            aws_access_key_id="anybody",
            aws_secret_access_key="anything",
        )

    def _there(self) -> bool:
        try:
            return self.web.get("/moto-api/data.json").is_success
        except httpx2.HTTPError:
            return False


@pytest.fixture(scope="module")
def aws(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Aws]:
    made = Aws(tmp_path_factory.mktemp("aws"))
    yield made
    made.web.close()
    made.process.kill()
    made.process.wait()


def invoke(aws: Aws, name: str, **changes: str) -> Outcome:
    """Run an errand over the network to its end."""
    account = LambdaConnector(
        region=REGION,
        access_key_id=aws.keys["AccessKeyId"],
        secret_access_key=aws.keys["SecretAccessKey"],
        endpoint=aws.url,
    )
    errand = Errand(
        occasion=occasion(),
        params=LambdaParams(function_name=name),
        connector=replace(account, **changes),
        now=datetime.now(UTC),
    )
    request = aws_lambda.proceed(errand, ())
    assert isinstance(request, HttpRequest)
    answer = asyncio.run(_perform(replace(request, private_targets=("127.0.0.0/8",))))
    ended = aws_lambda.proceed(errand, (answer,))
    assert isinstance(ended, Outcome)
    return ended


async def _perform(request: HttpRequest) -> Any:
    client = HttpClient()
    try:
        return await client.perform(request)
    finally:
        await client.close()


@pytest.mark.parametrize("name", ["bell", f"arn:aws:lambda:{REGION}:123456789012:function:bell"])
def test_our_signature_is_believed(aws: Aws, name: str) -> None:
    ended = invoke(aws, name)
    assert (ended.kind, ended.answer[:3]) == ("DONE", "202"), ended.answer


def test_another_secret_is_not(aws: Aws) -> None:
    wrong = invoke(aws, "bell", secret_access_key="another")
    assert wrong.kind == "PERMANENT"
    assert "SignatureDoesNotMatch" in wrong.answer
