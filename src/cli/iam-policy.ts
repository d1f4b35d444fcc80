import { defineCommand } from './command.ts';
import { iamPolicyOptions } from './options/iam-policy.ts';
import type { CommandSpec } from './parse.ts';
import { loadIamPolicy } from './planes.ts';

export const iamPolicySpec: CommandSpec<typeof iamPolicyOptions> = {
  name: 'iam-policy',
  summary: 'Prints the AWS IAM policy that the controller and sluice release need for one cluster, as JSON.',
  options: iamPolicyOptions,
};

/** `sluice iam-policy`: asks nobody, neither Kubernetes nor AWS. */
export const iamPolicyCommand = defineCommand(iamPolicySpec, async (scope, _operands, io) => {
  const { iamPolicy, formatPolicy } = await loadIamPolicy();
  io.out(formatPolicy(iamPolicy(scope)));
  return 0;
});
