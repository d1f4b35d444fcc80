import type { Case } from './table.ts';

const pods = '/api/v1/namespaces/NS/pods';
const pod = (name: string, spec: object) => ({
  body: { metadata: { name }, spec: { automountServiceAccountToken: false, ...spec } },
});
const container = (name: string) => ({ name, image: 'i' });
const invalid = (causes: number, what: string) =>
  `422 json Invalid: PodLogOptions "one" is invalid: ${what} {"name":"one","kind":"PodLogOptions","causes":${causes}}`;

/** What is said of a pod's log and of exec before any kubelet is asked: none of these pods has a node. */
export const POD_PARTS: readonly Case[] = [
  ['POST /api/v1/namespaces', '201 json Namespace NS', { body: { metadata: { name: 'NS' } } }],
  [`POST ${pods}`, '201 json Pod one', pod('one', { containers: [container('c')] })],
  [
    `POST ${pods}`,
    '201 json Pod two',
    pod('two', { containers: [container('a'), container('b')], initContainers: [container('i')] }),
  ],
  // Whose log
  [`GET ${pods}/one/log`, '204 nothing'],
  [`GET ${pods}/one/log?container=c&follow=true`, '204 nothing'],
  [`GET ${pods}/two/log?container=i`, '204 nothing'],
  [`GET ${pods}/none/log`, '404 json NotFound: pods "none" not found {"name":"none","kind":"pods"}'],
  [`GET ${pods}/one/log?container=x`, '400 json BadRequest: container x is not valid for pod one'],
  [
    `GET ${pods}/two/log`,
    '400 json BadRequest: a container name must be specified for pod two, choose one of: [i a b]',
  ],
  // Which part of it: checked before the pod is looked for
  [`GET ${pods}/one/log?tailLines=-1`, invalid(1, 'tailLines: Invalid value: -1: must be greater than or equal to 0')],
  [`GET ${pods}/one/log?tailLines=0`, '204 nothing'],
  [`GET ${pods}/one/log?limitBytes=0`, invalid(1, 'limitBytes: Invalid value: 0: must be greater than 0')],
  [`GET ${pods}/one/log?sinceSeconds=0`, invalid(1, 'sinceSeconds: Invalid value: 0: must be greater than 0')],
  [
    `GET ${pods}/one/log?sinceSeconds=0&sinceTime=2026-01-01T00:00:00Z&tailLines=-5`,
    invalid(
      2,
      '[tailLines: Invalid value: -5: must be greater than or equal to 0, ' +
        '[]: Forbidden: at most one of `sinceTime` or `sinceSeconds` may be specified]',
    ),
  ],
  [`GET ${pods}/one/log?stream=Stdout`, invalid(1, 'stream: Forbidden: may not be specified')],
  [`GET ${pods}/one/log?tailLines=x`, '400 json BadRequest: strconv.ParseInt: parsing "x": invalid syntax'],
  [`GET ${pods}/one/log?sinceTime=`, '204 nothing'],
  [
    `GET ${pods}/one/log?sinceTime=x`,
    '400 json BadRequest: parsing time "x" as "2006-01-02T15:04:05Z07:00": cannot parse "x" as "2006"',
  ],
  [
    `POST ${pods}/one/log`,
    '405 json MethodNotAllowed: the server does not allow this method on the requested resource {}',
  ],
  // Where to run something
  [
    `GET ${pods}/none/exec?command=a&stdout=1`,
    '404 json NotFound: pods "none" not found {"name":"none","kind":"pods"}',
  ],
  [`GET ${pods}/one/exec?command=a&stdout=1`, '400 json BadRequest: pod one does not have a host assigned'],
  [`POST ${pods}/one/exec?command=a&stdout=1`, '400 json BadRequest: pod one does not have a host assigned'],
  [`GET ${pods}/one/attach?stdout=1`, '400 json BadRequest: pod one does not have a host assigned'],
  [`GET ${pods}/one/exec?container=x&command=a&stdout=1`, '400 json BadRequest: container x is not valid for pod one'],
  [
    `GET ${pods}/two/exec?command=a&stdout=1`,
    '400 json BadRequest: a container name must be specified for pod two, choose one of: [i a b]',
  ],
  [
    `PUT ${pods}/one/exec`,
    '405 json MethodNotAllowed: the server does not allow this method on the requested resource {}',
  ],
];
