/**
 * Where a LocalStack gateway answers another thing than moto does, call by call. A difference that is not here fails, and
 * so does one that is here and no longer occurs.
 */
export interface Difference {
  /** The call's name in `calls.ts`. */
  call: string;
  moto: string;
  localstack: string;
  /** Documentation or upstream issue that tells who is right, or why neither is. */
  source: string;
}

export const DIFFERENCES: readonly Difference[] = [
  {
    call: 'a filter that EC2 does not know',
    moto:
      '500 Error: @aws-sdk XML parse error: mismatched tags <html> and </title>.\n' +
      '  Deserialization error: to see the raw response, inspect the hidden field {error}.$response on this object.',
    localstack:
      "501 InternalFailure: The filter 'nonsense' for DescribeSubnets has not been implemented in Moto yet. " +
      'Feel free to open an issue at https://github.com/getmoto/moto/issues',
    // moto raises FilterNotImplementedError, which its server turns into Flask's page and LocalStack's gateway into XML.
    source:
      'neither: AWS answers 400 InvalidParameterValue, https://docs.aws.amazon.com/AWSEC2/latest/APIReference/errors-overview.html',
  },
];
