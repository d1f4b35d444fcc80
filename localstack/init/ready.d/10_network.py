#!/usr/bin/env python3
"""Lays out the network of an EKS-like cluster: VPC, tagged subnets, the nodes' security group, running instances.

LocalStack runs this file in its own process when it is ready (/etc/localstack/init/ready.d); with boto3 it also runs by
hand against any endpoint that answers EC2's API:

    AWS_ENDPOINT_URL=http://localhost:5000 python3 10_network.py

Environment: SLUICE_CLUSTER_NAME (sluice-local), SLUICE_ZONES (2), SLUICE_NODES (3), AWS_DEFAULT_REGION (us-east-1).
What is there already is left as it is, so it may run again. It prints a line for each thing, and for each node the
command that gives a Kubernetes node the instance's providerID.
"""

import os

import boto3

CLUSTER = os.environ.get("SLUICE_CLUSTER_NAME") or "sluice-local"
ZONES = int(os.environ.get("SLUICE_ZONES") or 2)
NODES = int(os.environ.get("SLUICE_NODES") or 3)
REGION = os.environ.get("AWS_DEFAULT_REGION") or os.environ.get("AWS_REGION") or "us-east-1"
# The Amazon Linux image that moto and LocalStack know; neither runs it.
IMAGE = "ami-12c6146b"


def endpoint():
    """Where EC2 is: AWS_ENDPOINT_URL, or else the LocalStack that runs this file."""
    listen = (os.environ.get("GATEWAY_LISTEN") or "0.0.0.0:4566").split(",")[0]
    return os.environ.get("AWS_ENDPOINT_URL") or f"http://localhost:{listen.rsplit(':', 1)[1]}"


def client():
    keys = {"aws_access_key_id": "test", "aws_secret_access_key": "test"}
    return boto3.client("ec2", endpoint_url=endpoint(), region_name=REGION, **keys)


def tags(kind, name, **more):
    """Every resource is tagged for the cluster, as the tools that set clusters up do, and has a name to be found by."""
    values = {f"kubernetes.io/cluster/{CLUSTER}": "owned", "Name": name, **more}
    return [{"ResourceType": kind, "Tags": [{"Key": key, "Value": value} for key, value in values.items()]}]


def named(name, *more):
    own = {"Name": f"tag:kubernetes.io/cluster/{CLUSTER}", "Values": ["owned"]}
    return [own, {"Name": "tag:Name", "Values": [name]}, *more]


def one(what, name, found, make, key):
    """The resource that was found, or else a new one; says which."""
    thing = found[0] if found else make()
    print(f"{what} {thing[key]} ({name}): {'was there' if found else 'made'}", flush=True)
    return thing[key]


def make_vpc(ec2):
    name = f"{CLUSTER}-vpc"
    return one(
        "VPC",
        name,
        ec2.describe_vpcs(Filters=named(name))["Vpcs"],
        lambda: ec2.create_vpc(CidrBlock="10.0.0.0/16", TagSpecifications=tags("vpc", name))["Vpc"],
        "VpcId",
    )


def make_public_routes(ec2, vpc):
    """What makes a subnet public, for whoever looks at routes instead of tags."""
    name = f"{CLUSTER}-igw"
    found = ec2.describe_internet_gateways(Filters=named(name))["InternetGateways"]
    gateway = one(
        "internet gateway",
        name,
        found,
        lambda: ec2.create_internet_gateway(TagSpecifications=tags("internet-gateway", name))["InternetGateway"],
        "InternetGatewayId",
    )
    if not (found and found[0].get("Attachments")):
        ec2.attach_internet_gateway(InternetGatewayId=gateway, VpcId=vpc)
    name = f"{CLUSTER}-public"
    found = ec2.describe_route_tables(Filters=named(name))["RouteTables"]
    table = one(
        "route table",
        name,
        found,
        lambda: ec2.create_route_table(VpcId=vpc, TagSpecifications=tags("route-table", name))["RouteTable"],
        "RouteTableId",
    )
    if not any(route.get("GatewayId") == gateway for route in (found[0]["Routes"] if found else [])):
        ec2.create_route(RouteTableId=table, DestinationCidrBlock="0.0.0.0/0", GatewayId=gateway)
    return table


def make_subnet(ec2, vpc, zone, cidr, role):
    """A subnet with the role tag by which Sluice finds those of a scheme. Returns its id and whether it is new."""
    name = f"{CLUSTER}-{role}-{zone}"
    found = ec2.describe_subnets(Filters=named(name))["Subnets"]
    specification = tags("subnet", name, **{f"kubernetes.io/role/{role}": "1"})
    subnet = one(
        "subnet",
        name,
        found,
        lambda: ec2.create_subnet(
            VpcId=vpc, AvailabilityZone=zone, CidrBlock=cidr, TagSpecifications=specification
        )["Subnet"],
        "SubnetId",
    )
    return subnet, not found


def make_group(ec2, vpc):
    name = f"{CLUSTER}-nodes"
    return one(
        "security group",
        name,
        ec2.describe_security_groups(Filters=named(name))["SecurityGroups"],
        lambda: ec2.create_security_group(
            GroupName=name,
            Description=f"Nodes of {CLUSTER}",
            VpcId=vpc,
            TagSpecifications=tags("security-group", name),
        ),
        "GroupId",
    )


def make_node(ec2, number, subnet, group, zone):
    name = f"{CLUSTER}-node-{number}"
    alive = {"Name": "instance-state-name", "Values": ["pending", "running"]}
    found = ec2.describe_instances(Filters=named(name, alive))["Reservations"]
    instance = one(
        "instance",
        name,
        [instance for reservation in found for instance in reservation["Instances"]],
        lambda: ec2.run_instances(
            ImageId=IMAGE,
            MinCount=1,
            MaxCount=1,
            SubnetId=subnet,
            SecurityGroupIds=[group],
            TagSpecifications=tags("instance", name),
        )["Instances"][0],
        "InstanceId",
    )
    patch = f'{{"spec":{{"providerID":"aws:///{zone}/{instance}"}}}}'
    print(f"  kubectl patch node NODE -p '{patch}'", flush=True)


def main():
    ec2 = client()
    vpc = make_vpc(ec2)
    table = make_public_routes(ec2, vpc)
    zones = [f"{REGION}{chr(ord('a') + number)}" for number in range(ZONES)]
    internal = {}
    for number, zone in enumerate(zones):
        public, new = make_subnet(ec2, vpc, zone, f"10.0.{number}.0/24", "elb")
        if new:
            ec2.associate_route_table(RouteTableId=table, SubnetId=public)
        internal[zone], _ = make_subnet(ec2, vpc, zone, f"10.0.{100 + number}.0/24", "internal-elb")
    group = make_group(ec2, vpc)
    for number in range(NODES):
        zone = zones[number % ZONES]
        make_node(ec2, number, internal[zone], group, zone)


# LocalStack executes the file in a namespace of its own, where __name__ is not __main__.
main()
