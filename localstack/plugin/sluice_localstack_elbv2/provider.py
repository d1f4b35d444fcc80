"""A provider of ELBv2 for LocalStack's community core, which has none.

LocalStack's gateway parses the request and serialises the answer, as for every service; moto-ext, which LocalStack
itself uses for EC2, keeps the state. Control plane only: no packet is moved.
"""

from localstack.aws.skeleton import Skeleton
from localstack.aws.spec import load_service
from localstack.services.moto import call_moto
from localstack.services.plugins import Service, aws_provider


def _answer(context, _request):
    return call_moto(context)


@aws_provider(api="elbv2")
def elbv2() -> Service:
    model = load_service("elbv2")
    return Service("elbv2", skeleton=Skeleton(model, dict.fromkeys(model.operation_names, _answer)))
