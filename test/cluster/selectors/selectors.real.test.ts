import { afterAll, beforeAll, expect, test } from 'vitest';
import type { KubeObject } from '../../../src/cluster/api/object.ts';
import { StatusError } from '../../../src/cluster/api/status.ts';
import { fieldValue, selectableFields } from '../../../src/cluster/kinds/selectable.ts';
import { KINDS } from '../../../src/cluster/kinds/table.ts';
import { parseFieldSelector } from '../../../src/cluster/selectors/field-selector.ts';
import { parseLabelSelector } from '../../../src/cluster/selectors/label-selector.ts';
import { describeWith } from '../../support/requirements.ts';
import { type ControlPlane, startControlPlane } from '../../tools/control-plane.ts';

const LABELS: Record<string, Record<string, string> | undefined> = {
  none: undefined,
  a1: { a: '1' },
  a2b: { a: '2', b: '' },
  a10: { a: '10', 'example.com/x': 'y' },
  text: { a: 'text', in: 'notin', b: 'b' },
  minus: { a: '-5'.slice(1), c: 'x.y_z-0' },
  zero: { a: '007' },
};

const LABEL_SELECTORS = [
  '',
  ' ',
  'a',
  '!a',
  ' ! a ',
  'a=1',
  'a==1',
  'a!=1',
  'a=',
  'a==',
  'a!=',
  'b=',
  'b',
  '!b',
  'a=1,b',
  'a,!b',
  'a=,b=',
  'a in (1,2)',
  'a in(1,2)',
  'a in (1, 2 ,text)',
  'a notin (1,2)',
  'a in ()',
  'b in ()',
  'b in (,)',
  'b in (,b)',
  'b in (,,b)',
  'b in (b,)',
  'a notin ()',
  'a>2',
  'a<2',
  'a > 2',
  'a>-1',
  'a>007',
  'a<10,a>1',
  'in',
  'in=notin',
  'in in (in,notin)',
  'notin notin (x)',
  'example.com/x=y',
  'example.com/x',
  'c=x.y_z-0',
  'a\t=\n1',
  'a=1,',
  ',a',
  ',',
  'a,,b',
  'a b',
  'a=b c',
  'a=b=c',
  'a in',
  'a in (',
  'a in (1',
  'a in (1,',
  'a in (,',
  'a in 1',
  'a in (1 2)',
  'a in (1,2',
  'a in )',
  'a in (!)',
  'a in (1=2)',
  'a notin',
  '!',
  '!!a',
  '!a=1',
  '!a in (1)',
  '(a)',
  'a)',
  'a=(',
  'a=!',
  'a=>',
  'a!',
  'a!!b',
  'a===1',
  'a=!1',
  'a>b',
  'a>1.5',
  'a>',
  'a<,b',
  'a>=1',
  'a=<1',
  'a>9223372036854775807',
  'a>9223372036854775808',
  'a!!!',
  '-a',
  'a-',
  'a/b/c',
  '/a',
  'a/',
  'A.b/c=1',
  `${'x'.repeat(64)}=1`,
  `a=${'x'.repeat(64)}`,
  'a=é',
  'é',
  'a=-',
  'a in (-,é)',
  'a notin (-)',
  'a=1\u0000',
  'a\u0000b=1',
  '\u0000',
  'a in (1)b',
  'a in (1),b in',
  'z=1,!a!',
  '=',
  '==',
  '>1',
];

const FIELD_SELECTORS = [
  '',
  'metadata.name=a1',
  'metadata.name==a1',
  'metadata.name!=a1',
  'metadata.name=',
  'metadata.name!=',
  '=',
  '!=',
  '=,=',
  'metadata.namespace=default',
  'metadata.namespace!=default',
  'metadata.namespace=x',
  'metadata.name=a1,metadata.name=a1',
  'metadata.name=a1,metadata.name=none',
  'metadata.name!=a1,metadata.namespace=default',
  ',metadata.name=a1,',
  ',,',
  'metadata.name',
  'a',
  'a=b',
  'metadata.uid=x',
  'a=b,metadata.name',
  'b=1,a=1',
  'metadata.name=a=b',
  'metadata.name===a',
  'metadata.name=a\\=b',
  'metadata.name=a\\,b',
  'metadata.name=a\\\\',
  'metadata.name=a\\b',
  'metadata.name=a\\',
  'x\\=1=2',
  'metadata.name=é',
  ' metadata.name=a1',
  'metadata.name =a1',
  'metadata.name= a1',
  '=x',
  'metadata.name=!a',
  'a!=b=c',
];

describeWith(['control-plane'], 'selectors of kube-apiserver', () => {
  let plane: ControlPlane;
  let objects: KubeObject[];
  const path = '/api/v1/namespaces/default/configmaps';

  beforeAll(async () => {
    plane = await startControlPlane();
    for (const [name, labels] of Object.entries(LABELS)) {
      const { status, body } = await plane.request('POST', path, { metadata: { name, labels } });
      if (status !== 201) throw new Error(body.message);
    }
    objects = (await plane.request('GET', path)).body.items;
  }, 120_000);

  afterAll(() => plane?.stop());

  async function ask(at: string, query: string): Promise<unknown> {
    const { status, body } = await plane.request('GET', `${at}?${query}`);
    return status === 200
      ? body.items.map((item: KubeObject) => item.metadata.name)
      : { status, message: body.message, reason: body.reason };
  }

  function own(select: () => KubeObject[]): unknown {
    try {
      return select().map((object) => object.metadata.name);
    } catch (error) {
      if (!(error instanceof StatusError)) throw error;
      return { status: error.code, message: error.message, reason: error.reason };
    }
  }

  test('label selectors', async () => {
    for (const text of LABEL_SELECTORS) {
      const mine = own(() => {
        const selector = parseLabelSelector(text);
        return objects.filter(({ metadata }) => selector.matches(metadata.labels ?? {}));
      });
      const real = await ask(path, `labelSelector=${encodeURIComponent(text)}`);
      expect({ text, real: mine }).toEqual({ text, real });
    }
  });

  test('field selectors', async () => {
    const kind = KINDS.find((one) => one.group === '' && one.kind === 'ConfigMap');
    if (!kind) throw new Error('no ConfigMap');
    for (const text of FIELD_SELECTORS) {
      const mine = own(() => {
        const selector = parseFieldSelector(text, selectableFields(kind), kind);
        return objects.filter((object) => selector.matches((field) => fieldValue(kind, object, field)));
      });
      const real = await ask(path, `fieldSelector=${encodeURIComponent(text)}`);
      expect({ text, real: mine }).toEqual({ text, real });
    }
  });

  test.each(['/api/v1/services', '/api/v1/pods', '/api/v1/namespaces', '/api/v1/nodes', '/apis/batch/v1/jobs'])(
    'a field that %s does not select by',
    async (at) => {
      const kind = KINDS.find((one) => at.endsWith(`/${one.resource}`));
      if (!kind) throw new Error(`no kind at ${at}`);
      for (const field of [
        'a',
        'metadata.namespace',
        'status.phase',
        'spec.type',
        'spec.clusterIP',
        'metadata.labels',
      ]) {
        const mine = own(() => {
          parseFieldSelector(`${field}=none`, selectableFields(kind), kind);
          return [];
        });
        expect({ field, real: mine }).toEqual({ field, real: await ask(at, `fieldSelector=${field}%3Dnone`) });
      }
    },
  );
});
