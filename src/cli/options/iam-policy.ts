import { type ConfigOf, optional, required } from '../option.ts';
import { choice, region, vpcId } from '../values.ts';
import { clusterNameOption } from './shared.ts';

/** Options of `sluice iam-policy`. Nothing of the surroundings narrows a policy, so AWS_REGION is not read. */
export const iamPolicyOptions = {
  clusterName: required({ ...clusterNameOption, help: 'name of this cluster, as the controller has it' }),
  partition: optional({
    flag: 'partition',
    placeholder: 'PARTITION',
    schema: choice('aws', 'aws-cn', 'aws-us-gov', 'aws-iso', 'aws-iso-b', 'aws-iso-e', 'aws-iso-f', 'aws-eusc'),
    help: 'AWS partition, such as aws-cn or aws-us-gov; that of --region, else aws, when absent',
  }),
  region: optional({
    flag: 'region',
    placeholder: 'REGION',
    schema: region,
    help: 'the only AWS region in which anything may be changed; every region when absent',
  }),
  vpcId: optional({
    flag: 'vpc-id',
    placeholder: 'VPC',
    schema: vpcId,
    help: 'the only VPC in which security groups may be made; any when absent',
  }),
};

export type IamPolicyOptions = ConfigOf<typeof iamPolicyOptions>;
