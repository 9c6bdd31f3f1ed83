"""Serves the folders below a folder as buckets of S3, with signatures checked and rights held.

Prints one line of JSON: the address, a key that may read and one that may write, each with its
secret, and a temporary login with its token.
With `--unsigned` no signature is checked, but who sends none reads only the objects of buckets whose
name begins with `public`. Ends with its input.
"""

import json
import pathlib
import sys

import boto3
from moto import settings
from moto.server import ThreadedMotoServer

server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
server.start()
url = "http://127.0.0.1:{}".format(server.get_host_and_port()[1])


def client(name):
    return boto3.client(
        name,
        endpoint_url=url,
        region_name="us-east-1",
        aws_access_key_id="setup",
        aws_secret_access_key="setup",
    )


def policy(actions, **more):
    statement = {"Effect": "Allow", "Action": actions, **more}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


s3, iam, sts = client("s3"), client("iam"), client("sts")
root = pathlib.Path(sys.argv[-1])
for bucket in sorted(p for p in root.iterdir() if p.is_dir()):
    s3.create_bucket(Bucket=bucket.name)
    acl = "public-read" if bucket.name.startswith("public") else "private"
    for file in sorted(p for p in bucket.rglob("*") if p.is_file()):
        key = file.relative_to(bucket).as_posix()
        body = file.read_bytes()
        s3.put_object(Bucket=bucket.name, Key=key, Body=body, ACL=acl, ChecksumAlgorithm="SHA256")

read = policy(["s3:GetObject", "s3:ListBucket"], Resource="*")
iam.create_user(UserName="acme")
iam.put_user_policy(UserName="acme", PolicyName="read", PolicyDocument=read)
key = iam.create_access_key(UserName="acme")["AccessKey"]
write = policy(["s3:*"], Resource="*")
iam.create_user(UserName="writer")
iam.put_user_policy(UserName="writer", PolicyName="write", PolicyDocument=write)
writer = iam.create_access_key(UserName="writer")["AccessKey"]
trust = policy("sts:AssumeRole", Principal={"AWS": "*"})
role = iam.create_role(RoleName="reader", AssumeRolePolicyDocument=trust)["Role"]["Arn"]
iam.put_role_policy(RoleName="reader", PolicyName="read", PolicyDocument=read)
temporary = sts.assume_role(RoleArn=role, RoleSessionName="acme")["Credentials"]
if "--unsigned" not in sys.argv:
    settings.INITIAL_NO_AUTH_ACTION_COUNT = 0

print(
    json.dumps(
        {
            "url": url,
            "id": key["AccessKeyId"],
            "secret": key["SecretAccessKey"],
            "writer-id": writer["AccessKeyId"],
            "writer-secret": writer["SecretAccessKey"],
            "temporary-id": temporary["AccessKeyId"],
            "temporary-secret": temporary["SecretAccessKey"],
            "token": temporary["SessionToken"],
        }
    ),
    flush=True,
)
sys.stdin.read()
server.stop()
